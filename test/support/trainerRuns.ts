/** Starts trainers for tests, on the reference engine and without sinks. */
import { filter, firstValueFrom } from 'rxjs';
import { createTrainer } from '../../machines/createTrainer.ts';
import type { TrainerState } from '../../machines/runStatus.ts';
import type { Trainer, TrainerStatus } from '../../machines/trainer.ts';
import type { TrainerOptions } from '../../machines/trainerOptions.ts';
import type { ConfigInput } from '../../src/config/schema.ts';
import { cpuEngine } from './cpuBackend.ts';
import { type LinePipeline, type LinePipelineOptions, linePipeline } from './linePipeline.ts';
import { trainerConfig } from './trainerConfig.ts';

export interface StartedRun {
  readonly trainer: Trainer;
  readonly pipeline: LinePipeline;
}

/** A run in memory (unless `runDir` says otherwise) of the line model. */
export async function startRun(
  overrides: ConfigInput = {},
  options: TrainerOptions = {},
  pipelineOptions: LinePipelineOptions = {},
): Promise<StartedRun> {
  const engine = await cpuEngine();
  const pipeline = linePipeline(pipelineOptions);
  const trainer = createTrainer(trainerConfig(overrides), {
    pipeline,
    engine,
    runDir: null,
    sinks: [],
    ...options,
  });
  return { trainer, pipeline };
}

/** Bits of the parameters and of the pipeline's state after an undisturbed run. */
export async function undisturbedValues(overrides: ConfigInput = {}): Promise<number[]> {
  const { trainer, pipeline } = await startRun(overrides);
  await trainer.done;
  return pipeline.values();
}

/** Resolves when the trainer is in `state`. */
export function inState(trainer: Trainer, state: TrainerState): Promise<TrainerStatus> {
  return firstValueFrom(trainer.status$.pipe(filter((status) => status.state === state)));
}
