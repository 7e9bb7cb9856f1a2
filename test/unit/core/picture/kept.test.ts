import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

import { keepPicture, keptPictures, MOST_PICTURES, picturesOf, removePictures } from '../../../../core/picture/kept';
import { pictureKind } from '../../../../core/picture/kind';
import { picturesTold } from '../../../../core/picture/told';
import { PNG, pngNumber } from '../../../fixtures/pictures';

let dataDir: string;
beforeEach(() => {
	dataDir = mkdtempSync(join(tmpdir(), 'maestro-pictures-'));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

const names = async (taskId = 7): Promise<string[]> => (await keptPictures(dataDir, taskId)).map(({ path }) => basename(path));

test.each<[string, string | undefined, Buffer]>([
	['a PNG', 'png', PNG],
	['a JPEG', 'jpg', Buffer.from('ffd8ffe000104a464946', 'hex')],
	['an older GIF', 'gif', Buffer.from('GIF87a, and more')],
	['a GIF', 'gif', Buffer.from('GIF89a, and more')],
	['a WebP', 'webp', Buffer.concat([Buffer.from('RIFF'), Buffer.from([0x0a, 0, 0, 0]), Buffer.from('WEBPVP8 ')])],
	['another RIFF', undefined, Buffer.from('RIFF1234WAVEfmt ')],
	['a page that holds the name of a kind', undefined, Buffer.from('<svg>PNG GIF89a</svg>')],
	['a beginning of one', undefined, PNG.subarray(0, 7)],
	['nothing', undefined, Buffer.alloc(0)],
])('knows %s by its first bytes', (_, kind, content) => {
	expect(pictureKind(content)).toBe(kind);
});

test('keeps pictures under numbers of its own, in the order in which they came, for nobody else to read', async () => {
	expect([await keepPicture(dataDir, 7, pngNumber(1)), await keepPicture(dataDir, 7, pngNumber(2)), await keepPicture(dataDir, 8, pngNumber(1))]).toEqual(['kept', 'kept', 'kept']);
	expect(await names()).toEqual([expect.stringMatching(/^image-1-[0-9a-f]{16}\.png$/), expect.stringMatching(/^image-2-[0-9a-f]{16}\.png$/)]);
	const [first] = await keptPictures(dataDir, 7);
	expect(readFileSync(first?.path ?? '')).toEqual(pngNumber(1));
	expect(statSync(first?.path ?? '').mode & 0o777).toBe(0o600);
	expect(statSync(join(dataDir, 'images')).mode & 0o777).toBe(0o700);
});

test('keeps a picture once, also where two come at one moment', async () => {
	await keepPicture(dataDir, 7, PNG);
	expect(await keepPicture(dataDir, 7, PNG)).toBe('kept_before');
	const both = await Promise.all([keepPicture(dataDir, 9, PNG), keepPicture(dataDir, 9, PNG)]);
	expect(both).toContain('kept');
	writeFileSync(join(picturesOf(dataDir, 9), basename((await keptPictures(dataDir, 9))[0]?.path ?? '').replace('image-1', 'image-2')), PNG);
	expect([await names(), await names(9)].map((found) => found.length)).toEqual([1, 1]);
});

test('stops at its bounds: what is no picture, too large, too many, or too much of all', async () => {
	expect(await keepPicture(dataDir, 7, Buffer.from('%PDF-1.7'))).toBe('no_picture');
	expect(await keepPicture(dataDir, 7, Buffer.concat([PNG, Buffer.alloc(5_000_000)]))).toBe('too_large');
	const kept: string[] = [];
	for (let number = 0; number < MOST_PICTURES + 2; number++) kept.push(await keepPicture(dataDir, 7, pngNumber(number)));
	expect(kept).toEqual([...Array<string>(MOST_PICTURES).fill('kept'), 'full', 'full']);
	expect(readdirSync(picturesOf(dataDir, 7))).toHaveLength(MOST_PICTURES);
	const large: string[] = [];
	for (let number = 0; number < 5; number++) large.push(await keepPicture(dataDir, 8, Buffer.concat([pngNumber(number), Buffer.alloc(4_500_000)])));
	expect(large).toEqual(['kept', 'kept', 'kept', 'kept', 'full']);
});

test('stays within its bounds where many come at one moment', async () => {
	const kept = await Promise.all(Array.from({ length: 40 }, async (_, number) => await keepPicture(dataDir, 7, pngNumber(number % 30))));
	expect(kept.filter((each) => each === 'kept')).toHaveLength(MOST_PICTURES);
	expect(readdirSync(picturesOf(dataDir, 7))).toHaveLength(MOST_PICTURES);
	expect((await names()).map((name) => Number(name.split('-')[1]))).toEqual(Array.from({ length: MOST_PICTURES }, (_, at) => at + 1));
	const large = await Promise.all(Array.from({ length: 8 }, async (_, number) => await keepPicture(dataDir, 8, Buffer.concat([pngNumber(number), Buffer.alloc(4_500_000)]))));
	expect(large.filter((each) => each === 'kept')).toHaveLength(4);
});

test('stays within its bounds where workers that know nothing of each other keep some', async () => {
	const workers: (typeof import('../../../../core/picture/kept'))[] = [];
	for (let worker = 0; worker < 4; worker++) {
		jest.resetModules();
		workers.push(await import('../../../../core/picture/kept.js'));
	}
	expect(new Set(workers.map((worker) => worker.keepPicture)).size).toBe(4);
	const all = workers.flatMap((worker, at) => Array.from({ length: 15 }, async (_, number) => await worker.keepPicture(dataDir, 7, pngNumber(at * 15 + number))));
	const kept = (await Promise.all(all)).filter((each) => each === 'kept');
	expect(readdirSync(picturesOf(dataDir, 7))).toHaveLength(kept.length);
	// Only the four that are on their way at one moment can be in each other's way.
	expect(kept.length).toBeGreaterThanOrEqual(MOST_PICTURES - 3);
	expect(kept.length).toBeLessThanOrEqual(MOST_PICTURES);
});

test('is not led beyond its numbers by a file that an agent put there', async () => {
	mkdirSync(picturesOf(dataDir, 7), { recursive: true });
	writeFileSync(join(picturesOf(dataDir, 7), 'image-999-0123456789abcdef.png'), PNG);
	const kept: string[] = [];
	for (let number = 0; number < 15; number++) kept.push(await keepPicture(dataDir, 7, pngNumber(number)));
	expect(kept.filter((each) => each === 'kept')).toHaveLength(MOST_PICTURES - 1);
	expect(await names()).toHaveLength(MOST_PICTURES);
});

test('gives no link and no other file that an agent put there', async () => {
	await keepPicture(dataDir, 7, PNG);
	const folder = picturesOf(dataDir, 7);
	writeFileSync(join(dataDir, 'secret'), 'secret');
	symlinkSync(join(dataDir, 'secret'), join(folder, 'image-2-0123456789abcdef.png'));
	writeFileSync(join(folder, 'CLAUDE.md'), 'Obey.');
	mkdirSync(join(folder, 'image-3-0123456789abcdef.png'));
	expect(await names()).toHaveLength(1);
	mkdirSync(join(dataDir, 'elsewhere'));
	writeFileSync(join(dataDir, 'elsewhere', 'image-1-0123456789abcdef.png'), PNG);
	symlinkSync(join(dataDir, 'elsewhere'), picturesOf(dataDir, 10));
	expect(await names(10)).toEqual([]);
	expect(await keepPicture(dataDir, 10, PNG)).toBe('kept');
	expect(readdirSync(join(dataDir, 'elsewhere'))).toHaveLength(1);
});

test('says why the disk does not take one', async () => {
	writeFileSync(join(dataDir, 'images'), 'in the way');
	await expect(keepPicture(dataDir, 7, PNG)).rejects.toMatchObject({ code: 'disk', advice: expect.stringContaining('data directory') });
});

test('names them to an agent, and none where there are none', async () => {
	await keepPicture(dataDir, 7, PNG);
	const [picture] = await keptPictures(dataDir, 7);
	expect(picturesTold([picture!])).toContain(`- ${picture?.path ?? 'none'} (1 KB)`);
	expect(picturesTold(await keptPictures(dataDir, 8))).toBe('');
	await removePictures(dataDir, 7);
	expect(readdirSync(join(dataDir, 'images'))).toEqual([]);
});
