/** The trainer: its machine, its events and what wires them to a run. */
export { createTrainer } from './createTrainer.ts';
export { evaluateRun } from './evaluateRun.ts';
export type {
  EvaluationScope,
  EvaluationSummary,
  RunSummary,
  Trainer,
  TrainerState,
  TrainerStatus,
} from './trainer.ts';
export type { TrainerContext, TrainerInput } from './trainerContext.ts';
export type { StopReason, TrainerCommand, TrainerEvent } from './trainerEvents.ts';
export { type TrainerActor, trainerMachine } from './trainerMachine.ts';
export type { PipelineFactory, StepHooks, TrainerOptions } from './trainerOptions.ts';
