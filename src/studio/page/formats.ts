/** Numbers as people read them. */

/** A number with about `digits` digits that count: 0.0312, 28.71, 12,345. */
export function shownNumber(value: number | string | undefined, digits = 4): string {
  if (value === undefined) return '–';
  if (typeof value === 'string' || !Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size >= 1e7 || (size < 1e-3 && size > 0)) return value.toExponential(digits - 2);
  if (Number.isInteger(value)) return value.toLocaleString('en');
  const decimals = Math.max(0, Math.min(9, digits - 1 - Math.floor(Math.log10(size || 1))));
  return value.toLocaleString('en', { maximumFractionDigits: decimals });
}

/** Seconds as 8 s, 3 min 05 s, 2 h 07 min. */
export function shownDuration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return '–';
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  if (hours > 0) return `${hours} h ${String(minutes).padStart(2, '0')} min`;
  return `${minutes} min ${String(whole % 60).padStart(2, '0')} s`;
}

/** 0.25 as 25 %. */
export function shownShare(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** The number that a metric has, if it is one. */
export function numberOf(value: number | string | undefined): number | undefined {
  const number = Number(value);
  return value !== undefined && Number.isFinite(number) ? number : undefined;
}
