/** How long the parts of a run take: as moving averages on the metric stream, and as a profile if one is wanted. */
import type { Clock } from '../src/clock.ts';
import type { Config } from '../src/config/schema.ts';
import type { Pipeline } from '../src/pipeline/pipeline.ts';
import { createMovingAverages, type MovingAverages } from '../src/profile/movingAverages.ts';
import { createPhaseClock, type PhaseClock } from '../src/profile/phaseClock.ts';
import { createTraceRecorder, type TraceRecorder } from '../src/profile/traceRecorder.ts';
import type { MetricBus } from '../streams/metricBus.ts';
import { profileMetrics } from './profileMetrics.ts';

export interface RunTimes {
  /** For what is part of every step; what is counted between two ends of a step is one value of the average. */
  readonly ofSteps: PhaseClock;
  /** For what happens now and then; every time is a value of the average. */
  readonly ofOccasions: PhaseClock;
  beginStep(): void;
  /** Publishes the averages when it is time. @param trainSeconds seconds of training so far */
  endStep(step: number, trainSeconds: number): void;
  /** Publishes the average of something that happens now and then. */
  publish(step: number, phase: string): void;
  /** The profile so far, as a Chrome trace; undefined unless `trainer.profile`. */
  profile(): string | undefined;
}

export interface RunTimesOptions {
  readonly trainer: Pick<
    Config['trainer'],
    'maxSteps' | 'maxSeconds' | 'minSteps' | 'stopAtStep' | 'profile'
  >;
  readonly bus: MetricBus;
  readonly clock: Clock;
}

/** Averages are published in every 10th step, and at least once a second where steps are slow. */
const publishEverySteps = 10;
const publishEveryMs = 1_000;
const averagedSteps = 20;
const averagedOccasions = 5;

export function createRunTimes({ trainer, bus, clock }: RunTimesOptions): RunTimes {
  const trace = trainer.profile ? createTraceRecorder({ beganMs: clock.monotonic() }) : undefined;
  if (trace) profileMetrics(trace, bus, clock);
  const stepMs = new Map<string, number>();
  const steps = createMovingAverages(averagedSteps);
  const occasions = createMovingAverages(averagedOccasions);
  const onTrace = trace ? [traceListener(trace)] : [];
  const ofSteps = createPhaseClock(clock, [
    (phase, began, ended) => stepMs.set(phase, (stepMs.get(phase) ?? 0) + ended - began),
    ...onTrace,
  ]);
  const ofOccasions = createPhaseClock(clock, [
    (phase, began, ended) => occasions.add(phase, ended - began),
    ...onTrace,
  ]);
  let began = clock.monotonic();
  let publishedMs = began;

  return {
    ofSteps,
    ofOccasions,
    beginStep() {
      began = clock.monotonic();
    },
    endStep(step, trainSeconds) {
      const now = clock.monotonic();
      steps.add('step', now - began);
      for (const [phase, milliseconds] of stepMs) steps.add(phase, milliseconds);
      for (const phase of stepMs.keys()) stepMs.set(phase, 0);
      trace?.span('trainer', 'step', began, now, { step });
      if (!bus.observed || (step % publishEverySteps !== 0 && now - publishedMs < publishEveryMs)) return;
      publishedMs = now;
      publishAll(bus, step, steps);
      bus.scalar(step, 'time/eta_seconds', secondsLeft(trainer, step, trainSeconds, steps));
    },
    publish(step, phase) {
      const average = occasions.get(phase);
      if (average !== undefined) bus.scalar(step, tagOf(phase), average);
    },
    profile: () => trace?.toJson(),
  };
}

/** A pipeline whose evaluations are counted: `evaluation` is one held-out image, `evaluation_batch` a batch of rays. */
export function withEvaluationTimes<Evaluator extends Pick<Pipeline, 'evalBatch' | 'evalImage'>>(
  pipeline: Evaluator,
  { time, now, record }: PhaseClock,
): Evaluator {
  const evalImage = (index: number) => {
    const began = now();
    const evaluation = pipeline.evalImage?.(index);
    // To ask for an image past the last one is how its number is found out.
    if (evaluation) record('evaluation', began, now());
    return evaluation;
  };
  return {
    ...pipeline,
    ...(pipeline.evalBatch && {
      evalBatch: (step: number) => time('evaluation_batch', () => pipeline.evalBatch?.(step) ?? {}),
    }),
    ...(pipeline.evalImage && { evalImage }),
  };
}

function publishAll(bus: MetricBus, step: number, averages: MovingAverages): void {
  for (const [phase, average] of averages.entries()) bus.scalar(step, tagOf(phase), average);
}

function tagOf(phase: string): string {
  return `time/${phase}_ms`;
}

/** Seconds of training until the first limit: evaluations and saving come on top. */
function secondsLeft(
  {
    maxSteps,
    maxSeconds = Number.POSITIVE_INFINITY,
    minSteps,
    stopAtStep = maxSteps,
  }: RunTimesOptions['trainer'],
  step: number,
  trainSeconds: number,
  averages: MovingAverages,
): number {
  const until = (limit: number) => ((limit - step) * (averages.get('step') ?? 0)) / 1000;
  const byTime = Math.max(maxSeconds - trainSeconds, until(minSteps));
  return Math.max(0, Math.min(until(Math.min(maxSteps, stopAtStep)), byTime));
}

function traceListener(trace: TraceRecorder) {
  return (phase: string, beganMs: number, endedMs: number): void => {
    const track = phase === 'checkpoint_write' ? 'checkpoint writer' : 'trainer';
    trace.span(track, phase, beganMs, endedMs);
  };
}
