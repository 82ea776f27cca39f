import type { StatusMessage } from '../../protocol.ts';
import { numberOf } from '../formats.ts';

/** Seconds until the last step: what the run says itself, or what is left at the rate of the last seconds. Undefined while it does not train. */
export function timeLeft({
  state,
  step,
  maxSteps,
  stepsPerSecond,
  metrics,
}: StatusMessage): number | undefined {
  if (state !== 'training') return undefined;
  const atThisRate = stepsPerSecond > 0 ? (maxSteps - step) / stepsPerSecond : undefined;
  return numberOf(metrics['time/eta_seconds']) ?? atThisRate;
}
