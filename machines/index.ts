/** The trainer: its machine, its events and what wires them to a run. */
export { commandNames, commands, type StopReason, type TrainerCommand } from './commands.ts';
export { createTrainer } from './createTrainer.ts';
export { evaluateRun } from './evaluateRun.ts';
export { type OpenRun, type OpenRunOptions, openRun } from './openRun.ts';
export type { TrainerState } from './runStatus.ts';
export type { EvaluationSummary, RunSummary, Trainer, TrainerStatus } from './trainer.ts';
export type { TrainerContext, TrainerInput } from './trainerContext.ts';
export type { TrainerEvent } from './trainerEvents.ts';
export { type TrainerActor, trainerMachine } from './trainerMachine.ts';
export type { PipelineFactory, StepHooks, TrainerOptions } from './trainerOptions.ts';
export type { View, ViewedPicture, Viewer } from './viewDesk.ts';
