/** What flows through the step streams: one emission a step, enriched by each operator. */
import type { Histogram } from '../src/optimizers/histogram.ts';
import type { TrainStepOutput } from '../src/pipeline/pipeline.ts';

/** A step whose gradients are computed and nothing has moved yet. */
export interface TrainStep extends TrainStepOutput {
  /** Steps are numbered from 1. */
  readonly step: number;
  /** Set when a guard took the gradients away: nothing moves in this step. */
  readonly skipped?: boolean;
  /** How the gradients are distributed, by parameter; only where it was asked for. */
  readonly gradientHistograms?: Readonly<Record<string, Histogram>>;
}

/** A step after the optimizers: what moved, and by which rate. */
export interface AppliedStep extends TrainStep {
  /** Names of the groups whose optimizer stepped (accumulating ones step every n-th time). */
  readonly steppedGroups: readonly string[];
  /** The rate that was in force in this step, by group. */
  readonly learningRates: Readonly<Record<string, number>>;
  /** Global norm before clipping, by group; only where it was computed. */
  readonly gradientNorms: Readonly<Record<string, number>>;
}
