/** How far something is, as people see it at a glance. */
const width = 24;

/** `████████░░░░░░░░` @param share 0 to 1 */
export function drawBar(share: number): string {
  const filled = Math.round(width * Math.min(1, Math.max(0, share)));
  return '█'.repeat(filled) + '░'.repeat(width - filled);
}
