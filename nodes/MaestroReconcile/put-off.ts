const MOST = 10_000;

/** What no sweep of this process is to look at again before its time: that costs calls, and a person has to mend something first. */
export class PutOff<K> {
	private readonly times = new Map<K, number>();

	isDue(key: K, now: number): boolean {
		return (this.times.get(key) ?? 0) <= now;
	}

	until(key: K, time: number): void {
		// To look once too often does no harm.
		if (this.times.size >= MOST) this.times.clear();
		this.times.set(key, time);
	}

	forget(key: K): void {
		this.times.delete(key);
	}
}
