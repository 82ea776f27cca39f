/** Calls a user's hooks at the two ends of a step. */
import { identity, type MonoTypeOperatorFunction, tap } from 'rxjs';
import type { Pipeline } from '../src/pipeline/pipeline.ts';
import type { AppliedStep } from '../streams/step.ts';
import { stepErrorOf } from '../streams/trainSteps.ts';
import type { StepHooks } from './trainerOptions.ts';

/** The pipeline's training steps with `beforeStep` before each. @throws StepError from the hook, with the step's number */
export function hookBefore(
  pipeline: Pick<Pipeline, 'trainStep'>,
  { beforeStep }: StepHooks = {},
): Pick<Pipeline, 'trainStep'> {
  if (!beforeStep) return pipeline;
  return {
    trainStep(step, ...rest) {
      attempt(step, 'the hook beforeStep', () => beforeStep(step));
      return pipeline.trainStep(step, ...rest);
    },
  };
}

/** Calls `afterStep` with each step. Errors: a StepError from the hook, with the step's number. */
export function hookAfter<Step extends AppliedStep>({
  afterStep,
}: StepHooks = {}): MonoTypeOperatorFunction<Step> {
  if (!afterStep) return identity;
  return tap((step) => attempt(step.step, 'the hook afterStep', () => afterStep(step)));
}

function attempt(step: number, part: string, hook: () => void): void {
  try {
    hook();
  } catch (cause) {
    throw stepErrorOf(cause, step, part);
  }
}
