/** One step of a run without the machine around it: what benchmarks of engines repeat. */
import type { TrainerParts } from '../../machines/trainerParts.ts';

/** Trains step `step` and commits it. Returns when a GPU has finished, too: its losses have been read. */
export function oneStep({ pipeline, optimizers }: TrainerParts, step: number, learningRate = 1e-3): void {
  const { gradients, losses } = pipeline.trainStep(step);
  for (const group of Object.keys(pipeline.groups)) optimizers.apply(group, gradients, learningRate);
  pipeline.commit?.(step);
  for (const loss of Object.values(losses)) if (typeof loss === 'function') loss();
}
