import type { StatusMessage } from '../../protocol.ts';
import type { ConnectionState } from '../connection.ts';
import { shownDuration, shownNumber } from '../formats.ts';

/**
 * Why what is shown is not how things are now, in a few words; undefined if it is.
 * @param waitedMs since the camera moved, without a picture
 */
export function whyOld(
  step: number,
  status: Pick<StatusMessage, 'step' | 'stepsPerSecond' | 'saved'> | undefined,
  connection: ConnectionState,
  waitedMs: number,
): string | undefined {
  if (connection !== 'open') return 'old: connection lost';
  if (waitedMs > 1000) return 'old: the camera has moved on';
  const behind = (status?.step ?? step) - step;
  // Of a run that another process trains.
  if (status?.saved)
    return behind > 0
      ? `saved ${shownDuration(status.saved.ageSeconds)} ago, ${shownNumber(behind)} steps behind`
      : undefined;
  // A run that trains draws a view at rest anew every few seconds.
  if (behind > Math.max(1, 10 * (status?.stepsPerSecond ?? 0)))
    return `old: ${shownNumber(behind)} steps behind`;
  return undefined;
}
