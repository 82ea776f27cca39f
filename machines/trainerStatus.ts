/** The run at a glance, as an observable that costs nothing while nobody looks. */
import { Observable, type Subject } from 'rxjs';
import type { MetricBus } from '../streams/metricBus.ts';
import type { RunSession } from './runSession.ts';
import type { TrainerState } from './runStatus.ts';
import type { TrainerStatus } from './trainer.ts';
import type { TrainerActor } from './trainerMachine.ts';

export interface StatusSources {
  readonly actor: TrainerActor;
  readonly session: RunSession;
  readonly bus: MetricBus;
  /** Fires after every event of the machine; completes at the end of the run. */
  readonly changes: Subject<void>;
}

/** Replays the current status to every subscriber, then emits each change; completes when the run has ended. */
export function trainerStatus({ actor, session, bus, changes }: StatusSources): Observable<TrainerStatus> {
  return new Observable((subscriber) => {
    const release = bus.demand();
    const emit = (): void => subscriber.next(currentStatus(actor, session, bus));
    emit();
    const subscription = changes.subscribe({ next: emit, complete: () => subscriber.complete() });
    return () => {
      subscription.unsubscribe();
      release();
    };
  });
}

function currentStatus(actor: TrainerActor, session: RunSession, bus: MetricBus): TrainerStatus {
  const { value, context } = actor.getSnapshot();
  const { prepared, checkpointFile } = session;
  const views = prepared?.parts.pipeline.views;
  const latestImage = prepared?.evaluation.latestImage;
  return {
    // Between two pictures a run trains or holds: that is what people want to know, and what commands wait for.
    state: value === 'viewing' ? (context.stepsLeft === 0 ? 'paused' : 'training') : (value as TrainerState),
    step: context.step,
    maxSteps: context.input.trainer.maxSteps,
    trainSeconds: context.trainSeconds,
    metrics: Object.fromEntries(bus.latest),
    learningRates: learningRates(prepared),
    ...(checkpointFile !== undefined && { checkpoint: checkpointFile }),
    ...(views && { views }),
    ...(latestImage && { latestImage }),
  };
}

function learningRates(prepared: RunSession['prepared']): Record<string, number> {
  if (!prepared) return {};
  const { pipeline, schedulers } = prepared.parts;
  return Object.fromEntries(
    Object.keys(pipeline.groups).map((group) => [group, schedulers.learningRate(group)]),
  );
}
