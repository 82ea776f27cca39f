/** The stream of the `training` state: the operators of a step, in order. */
import { defer, map, type Observable, pipe } from 'rxjs';
import type { Clock } from '../src/clock.ts';
import type { Config } from '../src/config/schema.ts';
import type { Pipeline } from '../src/pipeline/pipeline.ts';
import { createHorizon } from '../src/schedulers/horizon.ts';
import type { MetricBus } from '../streams/metricBus.ts';
import { accumulateGradients } from '../streams/operators/accumulateGradients.ts';
import { applyOptimizers } from '../streams/operators/applyOptimizers.ts';
import { clipGradients } from '../streams/operators/clipGradients.ts';
import { commitSteps } from '../streams/operators/commitSteps.ts';
import { guardFinite } from '../streams/operators/guardFinite.ts';
import { observeMetrics } from '../streams/operators/observeMetrics.ts';
import { publishFactors } from '../streams/operators/publishFactors.ts';
import { measureGradients, publishHistograms } from '../streams/operators/publishHistograms.ts';
import { publishSteps } from '../streams/operators/publishSteps.ts';
import { stepSchedulers } from '../streams/operators/stepSchedulers.ts';
import { timePhase } from '../streams/operators/timePhase.ts';
import type { AppliedStep } from '../streams/step.ts';
import { trainSteps } from '../streams/trainSteps.ts';
import { type YieldTo, yieldToEventLoop } from '../streams/yieldToEventLoop.ts';
import type { RunTimes } from './runTimes.ts';
import type { StepGate } from './stepGate.ts';
import { hookAfter, hookBefore } from './stepHooks.ts';
import type { StepCompleted } from './trainerEvents.ts';
import type { StepHooks } from './trainerOptions.ts';
import type { TrainerParts } from './trainerParts.ts';
import { watchedMetrics } from './watchedMetrics.ts';

/** A norm that nothing needs costs a pass over all gradients: it is measured now and then. */
const normsEverySteps = 10;

export interface TrainingStreamOptions {
  readonly config: Pick<Config, 'groups' | 'trainer'>;
  readonly parts: TrainerParts;
  readonly bus: MetricBus;
  readonly clock: Clock;
  readonly gate: StepGate;
  /** The run's training time, counted on while the stream is subscribed. */
  readonly stopwatch: { trainSeconds: number };
  readonly times: RunTimes;
  readonly hooks?: StepHooks | undefined;
  readonly yieldTo?: YieldTo;
}

/**
 * One emission a committed step, from step `from` on, until it is unsubscribed.
 * A step runs behind the gate; between steps the event loop has its turn.
 */
export function trainingStream(options: TrainingStreamOptions, from: number): Observable<StepCompleted> {
  const { config, parts, bus, clock, gate, stopwatch, times, hooks } = options;
  const { yieldTo = yieldToEventLoop } = options;
  const { engine, pipeline, optimizers, schedulers, accumulator, watchdogs } = parts;
  const { onNonFinite, histogramsEverySteps } = config.trainer;
  const { ofSteps } = times;
  const hooked = hookBefore(pipeline, hooks);
  return defer(() => {
    let previous = clock.monotonic();
    const horizon = createHorizon(config.trainer, from, stopwatch.trainSeconds);
    /** The step's, while the horizon has moved on already. */
    let position = horizon.position;
    const placed = {
      trainStep(step: number) {
        position = horizon.position;
        return ofSteps.time('train_step', () => hooked.trainStep(step, ofSteps.time, position));
      },
      commit: (...[step, rowsMoved, learningRateOf]: Parameters<NonNullable<Pipeline['commit']>>) =>
        pipeline.commit?.(step, rowsMoved, learningRateOf, position),
    };
    const guarded = gate.guard(yieldTo, () => {
      engine.activate();
      times.beginStep();
    });
    // From here to the commit a step is one synchronous section.
    const move = pipe(
      timePhase(ofSteps, 'optimizer', applyOptimizers(optimizers, schedulers)),
      stepSchedulers(schedulers, () =>
        horizon.advance(stopwatch.trainSeconds + (clock.monotonic() - previous) / 1000),
      ),
      observeMetrics(schedulers, watchedMetrics(config.groups)),
      timePhase(ofSteps, 'commit', commitSteps<AppliedStep>(placed, [optimizers, accumulator])),
    );
    const publish = pipe(
      publishSteps<AppliedStep>(bus, clock),
      publishFactors(bus, schedulers),
      publishHistograms(bus, engine, pipeline.groups, histogramsEverySteps),
      hookAfter(hooks),
    );
    // A gradient that is not finite shows in the next loss: where that is fatal anyway, looking now and then will do.
    const gradientsEverySteps = onNonFinite === 'error' ? 16 : 1;
    const gradients = pipe(
      guardFinite(onNonFinite, engine, { gradientsEverySteps }),
      watchdogs.skipSpikes(),
      measureGradients(bus, engine, histogramsEverySteps),
      accumulateGradients(accumulator),
      clipGradients(pipeline.groups, config.groups, engine, {
        norms: (step) => step % normsEverySteps === 0 && bus.observed,
      }),
    );
    return trainSteps(placed, { from, yieldTo: guarded }).pipe(
      gate.change(),
      timePhase(ofSteps, 'gradients', gradients),
      move,
      timePhase(ofSteps, 'metrics', publish),
      map(({ step }): StepCompleted => {
        const now = clock.monotonic();
        stopwatch.trainSeconds += (now - previous) / 1000;
        previous = now;
        times.endStep(step, stopwatch.trainSeconds);
        return { type: 'step.completed', step, trainSeconds: stopwatch.trainSeconds };
      }),
      gate.leave(),
    );
  });
}
