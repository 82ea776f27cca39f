/** A learning rate as a function of how many optimizer steps were taken. */

/**
 * The rate in force during the optimizer step after `count` steps (0 before the first). Pure: a resumed run continues it
 * exactly.
 */
export type Schedule = (count: number) => number;

/** Clamped to 0..1. */
export function clamp01(value: number): number {
  return Math.min(1, Math.max(0, value));
}

/** Cosine from `from` at progress 0 to `to` at progress 1; progress is not clamped. */
export function cosineBetween(from: number, to: number, progress: number): number {
  return to + ((from - to) * (1 + Math.cos(Math.PI * progress))) / 2;
}
