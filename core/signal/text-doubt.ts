import { readColour } from './text-colour';
import type { Declarations } from './text-style';

/** Properties that can hide and that nothing here works out. */
const UNREAD = ['-webkit-text-fill-color', 'zoom', 'scale', 'translate', 'rotate', 'transform', 'filter', 'clip', 'clip-path', 'mask', 'mask-image', '-webkit-mask', '-webkit-mask-image', 'content-visibility'];
const HARMLESS = /^(?:none|normal|auto|visible|inherit|initial|unset|revert|currentcolor|1|100%)$/;
/** Names of colours that show on paper and that mails have; any other is a doubt. */
const DARK = /^(?:inherit|initial|unset|revert|currentcolor|windowtext|canvastext|linktext|auto|(?:dark|deep|dim|midnight|medium|steel|royal|slate)\w+|purple|maroon|brown|teal|indigo|crimson|olive|fuchsia|magenta|firebrick|chocolate|tomato)$/;
const COMPUTED = ['opacity', 'font-size', 'max-height', 'text-indent'];
const SHORT = ['margin', 'margin-left', 'margin-top', 'inset', 'left', 'top', 'right', 'bottom'];

/** A declaration that may hide what it is for, and that is not understood; undefined: none. For a person to look at, not to take text out. */
export function doubtOf(style: Declarations): string | undefined {
	const colour = style.get('color') ?? '';
	if (colour !== '' && readColour(colour) === undefined && !DARK.test(colour)) return `color:${colour}`;
	const unread = UNREAD.find((name) => style.has(name) && !HARMLESS.test(style.get(name) ?? ''));
	if (unread !== undefined) return `${unread}:${style.get(unread) ?? ''}`;
	const computed = COMPUTED.find((name) => /(?:calc|var|min|max|clamp)\(/.test(style.get(name) ?? ''));
	if (computed !== undefined) return `${computed}:${style.get(computed) ?? ''}`;
	if (/(?:^|\s)(?:[01](?:\.\d*)?|\.\d+)(?:px|pt|em|rem|%)?\s*[/\s]/.test(style.get('font') ?? '')) return `font:${style.get('font') ?? ''}`;
	const away = SHORT.find((name) => /-\d{3}|\d{4,8}(?:px|em)/.test(style.get(name) ?? ''));
	return away === undefined ? undefined : `${away}:${style.get(away) ?? ''}`;
}
