/** Amounts of memory for people. */

/** `940 MB`, `5.8 GB`: powers of ten, as in `data.memoryMegabytes`. */
export function describeBytes(bytes: number): string {
  if (bytes < 1e9) return `${Math.ceil(bytes / 1e6)} MB`;
  return `${(bytes / 1e9).toFixed(1)} GB`;
}
