/** What of a run's status goes over the control socket. */
import type { RunStatus } from '../../machines/runStatus.ts';
import type { TrainerStatus } from '../../machines/trainer.ts';

/** The status without camera poses and pixels; non-finite numbers as text, because JSON has none. */
export function controlStatusOf(status: TrainerStatus): RunStatus {
  const { state, step, maxSteps, trainSeconds, metrics, learningRates, checkpoint } = status;
  const values = Object.entries(metrics).map(([tag, value]) => [
    tag,
    Number.isFinite(value) ? value : String(value),
  ]);
  return {
    state,
    step,
    maxSteps,
    trainSeconds,
    metrics: Object.fromEntries(values),
    learningRates: { ...learningRates },
    ...(checkpoint !== undefined && { checkpoint }),
  };
}
