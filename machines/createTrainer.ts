/** The way into nerfstream from code: a configuration in, a running training out. */
import { Subject } from 'rxjs';
import { createActor, fromCallback, fromEventObservable, fromPromise } from 'xstate';
import { systemClock } from '../src/clock.ts';
import type { Config } from '../src/config/schema.ts';
import { CommandError } from '../src/errors.ts';
import type { Log } from '../src/log.ts';
import { isolated, type SubscriberFailure } from '../streams/isolatedObservable.ts';
import { createMetricBus, type MetricBus } from '../streams/metricBus.ts';
import { openCommandEntry } from './commandEntry.ts';
import { prepareRun } from './prepareRun.ts';
import { createRunSession, type RunSession } from './runSession.ts';
import { createTaskDesk } from './taskDesk.ts';
import type { RunSummary, Trainer } from './trainer.ts';
import { type TrainerActor, trainerMachine } from './trainerMachine.ts';
import { silentLog, type TrainerOptions } from './trainerOptions.ts';
import { trainerStatus } from './trainerStatus.ts';
import { createViewDesk, type ViewedPicture } from './viewDesk.ts';

/**
 * Starts a training at once. What goes wrong, from a missing file to a loss that is not finite, arrives in `done`.
 *
 * @example
 * const trainer = createTrainer(await loadConfig('instant-ngp', { data: 'photos/fox' }), {
 *   sinks: [consoleSink(), (metrics$) => metrics$.pipe(filter(isScalar('eval/psnr')), tap(notify))],
 * });
 * process.on('SIGUSR1', () => trainer.pause());
 * const summary = await trainer.done;
 */
export function createTrainer(config: Config, options: TrainerOptions = {}): Trainer {
  const { log = silentLog, clock = systemClock } = options;
  const bus = createMetricBus({ clock, onSubscriberFailure: leftOut('metrics', log) });
  const tasks = createTaskDesk();
  const pictures = new Subject<ViewedPicture>();
  const views = createViewDesk({
    onChange: (notes) => entry.tell(notes),
    onPicture: (picture) => pictures.next(picture),
    now: () => clock.monotonic(),
  });
  const session = createRunSession({
    tasks,
    views,
    config,
    bus,
    clock,
    log,
    hooks: options.hooks,
    prepare: (times, signal) =>
      prepareRun({
        config,
        options,
        bus,
        clock,
        log,
        times,
        signal,
        onEarlyStop: ({ step, reason }) => stopEarly(step, reason),
        onFolderLost: (error) => queueMicrotask(() => entry.tell({ type: 'folder.lost', error })),
      }),
  });
  const failure: { error?: unknown } = {};
  const actor = createActor(provideActors(session, { bus, log, failure }), { input: trainerInput(config) });
  const entry = openCommandEntry(actor, { groups: Object.keys(config.groups), tasks, log });
  /** What measured the value comes to its end first, so that it counts. A run that ends anyway ends as it would. */
  const stopEarly = (step: number, reason: string): void =>
    queueMicrotask(() => {
      if (actor.getSnapshot().context.ending !== null) return;
      log.info({ step }, `stopping early: ${reason}`);
      bus.text(step, 'train/early_stop', reason);
      entry.methods.stop();
    });
  const changes = new Subject<void>();
  const done = ended(actor, session, changes, failure);
  actor.start();

  return {
    ...entry.methods,
    actor,
    metrics$: bus.metrics$,
    status$: isolated(trainerStatus({ actor, session, bus, changes }), leftOut('status', log)),
    viewer: {
      look: views.look,
      leave: views.leave,
      seen: views.seen,
      spent: views.spent,
      setShare: views.setShare,
      pictures$: isolated(pictures, leftOut('pictures', log)),
    },
    perform: async (command) => entry.perform(command),
    done,
  };
}

/** Says that a subscriber of one of the run's streams threw. */
function leftOut(stream: string, log: Log): SubscriberFailure {
  return (error) =>
    log.warn(
      { err: error },
      `a subscriber of the ${stream} threw and is left out from now on: ${messageOf(error)}`,
    );
}

/** The parts of the config that the machine acts on: plain data, without the ones that are absent. */
function trainerInput({ trainer, evaluate, checkpoint }: Config) {
  const { maxSteps, maxSeconds, minSteps, stopAtStep, startPaused, onNonFinite } = trainer;
  return {
    trainer: {
      maxSteps,
      minSteps,
      startPaused,
      onNonFinite,
      ...(maxSeconds !== undefined && { maxSeconds }),
      ...(stopAtStep !== undefined && { stopAtStep }),
    },
    evaluate,
    checkpoint: { everySteps: checkpoint.everySteps },
  };
}

interface Surroundings {
  readonly bus: MetricBus;
  readonly log: Log;
  readonly failure: { error?: unknown };
}

/** The machine with actors that do the work. Everything live is in their closures, none of it in the machine's context. */
function provideActors(session: RunSession, { bus, log, failure }: Surroundings) {
  return trainerMachine.provide({
    actors: {
      prepare: fromPromise(({ input }) => session.prepare(input.rollbacks)),
      train: fromEventObservable(({ input }) => session.train(input.from)),
      evaluate: fromEventObservable(({ input }) => session.evaluate(input.scope, input.step)),
      serve: fromEventObservable(({ input }) => session.serve(input.task, input.step)),
      view: fromEventObservable(({ input }) => session.view(input.step, input.isHeld)),
      takeCheckpoint: fromPromise(({ input }) => session.takeCheckpoint(input.step, input.last)),
      writeCheckpoints: fromCallback(({ receive, sendBack }) =>
        receive(({ step }) =>
          session.written().then(
            () => sendBack({ type: 'checkpoint.saved', step }),
            (error: unknown) => sendBack({ type: 'checkpoint.failed', error }),
          ),
        ),
      ),
      finish: fromPromise(({ input }) => session.finish(input.ending, input.step, failure.error)),
    },
    guards: { betweenSteps: () => !session.gate.inStep, isWhole: () => session.gate.whole },
    actions: {
      abandonPreparing: () => session.abandon(),
      applyLearningRates: ({ context }) => session.setLearningRates(context.learningRateFactors),
      keepError: (_, { error }) => {
        failure.error ??= error;
      },
      report: ({ context }, { what, error, hint }) => {
        const message = [messageOf(error), ...(hint === undefined ? [] : [hint])].join(' ');
        log.error({ err: error, step: context.step }, `${what}: ${message}`);
        bus.text(context.step, `failures/${what}`, message);
      },
    },
  });
}

const stoppedActor =
  'the machine was stopped from outside, and nothing was saved; use trainer.stop() to end a run';

/** Settles when the machine has come to its end. */
function ended(
  actor: TrainerActor,
  session: RunSession,
  changes: Subject<void>,
  failure: { error?: unknown },
): Promise<RunSummary> {
  // A paused run has no timer and no socket: this keeps the process alive for it, without ever waking it.
  const alive = setInterval(() => {}, 2 ** 31 - 1);
  const done = new Promise<RunSummary>((resolve, reject) => {
    const settle = (error?: unknown): void => {
      clearInterval(alive);
      changes.next();
      changes.complete();
      const { summary } = session;
      if (summary && summary.status !== 'failed') resolve(summary);
      else reject(failure.error ?? error);
    };
    // The machine itself has failed or was stopped, which it never should: still nothing may stay locked, open or unsaid.
    const breakDown = (error: unknown): void => {
      const { step } = actor.getSnapshot().context;
      session.finish('failed', step, error).then(
        () => settle(error),
        () => settle(error),
      );
    };
    actor.subscribe({
      next: () => changes.next(),
      error: breakDown,
      complete: () => (session.summary ? settle() : breakDown(new CommandError(stoppedActor))),
    });
  });
  // Whoever watches the status alone has seen the failure there: it must not end the process.
  done.catch(() => undefined);
  return done;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
