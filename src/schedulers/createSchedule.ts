/** From a schedule's settings to the function. */
import { constant, constantFactor } from './constant.ts';
import { cosineAnnealing, cosineAnnealingWarmRestarts } from './cosineAnnealing.ts';
import { cosineDecay } from './cosineDecay.ts';
import { cyclic } from './cyclic.ts';
import { exponentialDecay } from './exponentialDecay.ts';
import { linear, polynomial } from './linear.ts';
import { exponential, multiStep, step } from './multiStep.ts';
import { oneCycle } from './oneCycle.ts';
import { piecewise } from './piecewise.ts';
import type { Schedule } from './schedule.ts';
import type { SchedulerConfig } from './schedulerSchema.ts';
import { sequential } from './sequential.ts';

/** Every schedule that is a function of the count: all but those that listen to a metric. */
export type PureSchedulerConfig = Exclude<SchedulerConfig, { kind: 'reduceOnPlateau' | 'warmup' }>;

/** The schedule that `config.kind` names. @param initial the group's learning rate, which most schedules scale */
export function createSchedule(config: PureSchedulerConfig, initial: number): Schedule {
  switch (config.kind) {
    case 'constant':
      return constant(initial);
    case 'exponentialDecay':
      return exponentialDecay(config, initial);
    case 'cosineDecay':
      return cosineDecay(config, initial);
    case 'multiStep':
      return multiStep(config, initial);
    case 'step':
      return step(config, initial);
    case 'exponential':
      return exponential(config, initial);
    case 'cosineAnnealing':
      return cosineAnnealing(config, initial);
    case 'cosineAnnealingWarmRestarts':
      return cosineAnnealingWarmRestarts(config, initial);
    case 'linear':
      return linear(config, initial);
    case 'polynomial':
      return polynomial(config, initial);
    case 'constantFactor':
      return constantFactor(config, initial);
    case 'oneCycle':
      return oneCycle(config);
    case 'cyclic':
      return cyclic(config, initial);
    case 'piecewise':
      return piecewise(config, initial);
    case 'sequential':
      return sequential(
        config.schedules.map((part) => createSchedule(part, initial)),
        config.milestones,
      );
  }
}
