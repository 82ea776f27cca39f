/** One session of a run, the live side of the machine: what its actors do. No XState in here. */
import { defer, type Observable, tap } from 'rxjs';
import type { Checkpoint, Plain } from '../src/checkpoint/checkpoint.ts';
import type { Clock } from '../src/clock.ts';
import type { Config } from '../src/config/schema.ts';
import type { Log } from '../src/log.ts';
import type { EvaluationScope } from '../src/pipeline/pipeline.ts';
import type { RunFolder } from '../src/runFolder/runFolder.ts';
import type { MetricBus } from '../streams/metricBus.ts';
import { rollbackTag } from '../streams/rollback.ts';
import { describeRunEnd, type Ending, runEndTag } from '../streams/runEnd.ts';
import { takeTurns } from '../streams/takeTurns.ts';
import { arithmeticOf, dataFact } from './checkpointFacts.ts';
import type { PreparedRun } from './preparedRun.ts';
import { copyCheckpoint } from './runStore.ts';
import { summarizeRun } from './runSummary.ts';
import { gatherTensors, restoreTensors } from './runTensors.ts';
import { createRunTimes, type RunTimes } from './runTimes.ts';
import { createStepGate, type StepGate } from './stepGate.ts';
import type { TaskDesk } from './taskDesk.ts';
import type { RunSummary } from './trainer.ts';
import type { Prepared } from './trainerContext.ts';
import type { StepCompleted, ViewDrawn, WaitingTask } from './trainerEvents.ts';
import type { StepHooks } from './trainerOptions.ts';
import { trainingStream } from './trainingStream.ts';
import type { ViewDesk, ViewSubject } from './viewDesk.ts';

export interface RunSession {
  /** Tells whether a step is being computed. */
  readonly gate: StepGate;
  /** What preparing made, once it has. */
  readonly prepared: PreparedRun | undefined;
  /** Newest checkpoint's file, relative to the run folder. */
  readonly checkpointFile: string | undefined;
  /** How the run ended, once it has. */
  readonly summary: RunSummary | undefined;
  /** Prepares the run; with `rollbacks` > 0 goes back to the newest checkpoint at half the learning rates. */
  prepare(rollbacks: number): Promise<Prepared>;
  /** Ends the preparing, which rejects with an AbortError unless it is nearly done. */
  abandon(): void;
  train(from: number): Observable<StepCompleted>;
  evaluate(scope: EvaluationScope, step: number): Observable<never>;
  /** Copies the state; it is written in another thread. @param last wait until it is written, and reject if it cannot be */
  takeCheckpoint(step: number, last: boolean): Promise<void>;
  /** Settles when the checkpoint that was taken last is written, or could not be. */
  written(): Promise<void>;
  /** Does a task; completes when it is answered. */
  serve(task: WaitingTask, step: number): Observable<never>;
  /** Draws a picture for somebody who looks at the run. @param isHeld no step is made: pictures have time */
  view(step: number, isHeld: boolean): Observable<ViewDrawn>;
  /** Puts factors of learning rates in force, by group: from the next step on. */
  setLearningRates(factors: Readonly<Record<string, number>>): void;
  /**
   * Ends the session: waits for what is being written, flushes the sinks, writes the summary, frees everything.
   * Rejects if there can be no summary; the run has failed then, and the metric stream and `summary` say so.
   */
  finish(ending: Ending, step: number, error: unknown): Promise<void>;
}

export interface RunSessionOptions {
  readonly config: Config;
  readonly bus: MetricBus;
  readonly clock: Clock;
  readonly log: Log;
  readonly hooks?: StepHooks | undefined;
  readonly tasks: TaskDesk;
  readonly views: ViewDesk;
  readonly prepare: (times: RunTimes, signal: AbortSignal) => Promise<PreparedRun>;
}

/** What a session remembers while it lasts. */
interface SessionState {
  readonly stopwatch: { trainSeconds: number };
  prepared: PreparedRun | undefined;
  /** The state before the first step of the session, if a rollback may need it. */
  start: Checkpoint | undefined;
  writing: Promise<void>;
  checkpointFile: string | undefined;
  summary: RunSummary | undefined;
}

export function createRunSession(options: RunSessionOptions): RunSession {
  const { config, bus, clock, log, hooks, tasks, views } = options;
  const times = createRunTimes({ trainer: config.trainer, bus, clock });
  const began = clock.monotonic();
  const gate = createStepGate();
  const preparing = new AbortController();
  const state: SessionState = {
    stopwatch: { trainSeconds: 0 },
    prepared: undefined,
    start: undefined,
    writing: Promise.resolve(),
    checkpointFile: undefined,
    summary: undefined,
  };
  const { stopwatch } = state;

  return {
    gate,
    get prepared() {
      return state.prepared;
    },
    get checkpointFile() {
      return state.checkpointFile;
    },
    get summary() {
      return state.summary;
    },
    async prepare(rollbacks) {
      if (rollbacks > 0) return rollBack(state, options);
      state.prepared = await options.prepare(times, preparing.signal);
      times.ofOccasions.record('prepare', began, clock.monotonic());
      const { step, trainSeconds, file } = state.prepared.continuation;
      stopwatch.trainSeconds = trainSeconds;
      state.checkpointFile = file;
      if (config.trainer.onNonFinite === 'rollback')
        state.start = copyCheckpoint(describe(state, config, step));
      return { step, trainSeconds };
    },
    abandon: () => preparing.abort(),
    train: (from) =>
      trainingStream({ config, parts: ready(state).parts, bus, clock, gate, stopwatch, times, hooks }, from),
    evaluate(scope, step) {
      const phase = scope === 'batch' ? 'evaluation_batch' : 'evaluation';
      const complete = () => times.publish(step, phase);
      return ready(state).evaluation.run(scope, step).pipe(tap({ complete }));
    },
    async takeCheckpoint(step, last) {
      await state.writing.catch(() => undefined);
      const { store, evaluation } = ready(state);
      const metrics = evaluation.latest?.step === step ? evaluation.latest.metrics : {};
      const taking = clock.monotonic();
      const saving = times.ofOccasions.time('checkpoint', () =>
        store.save(describe(state, config, step), metrics),
      );
      times.publish(step, 'checkpoint');
      state.writing = saving.then((file) => {
        times.ofOccasions.record('checkpoint_write', taking, clock.monotonic());
        times.publish(step, 'checkpoint_write');
        state.checkpointFile = file ?? state.checkpointFile;
        if (file !== undefined) log.info({ file, step }, `saved ${file}`);
      });
      state.writing.catch(() => undefined);
      if (last) await state.writing;
    },
    written: () => state.writing,
    serve: (task, step) => tasks.serve(task, { ...ready(state).evaluator, step }),
    view: (step, isHeld) => defer(() => takeTurns(views.draw(viewSubject(ready(state), step, isHeld)))),
    setLearningRates(factors) {
      for (const [group, factor] of Object.entries(factors))
        ready(state).parts.schedulers.setFactor(group, factor);
    },
    async finish(ending, step, error) {
      tasks.close();
      const { prepared } = state;
      await state.writing.catch(() => undefined);
      const { trainSeconds } = stopwatch;
      const { checkpointFile } = state;
      const wallSeconds = (clock.monotonic() - began) / 1000;
      const known = { ending, step, wallSeconds, trainSeconds, checkpointFile, error };
      const end = summarizeRun(config, prepared, known);
      const notWritten = await notWrittenBefore(prepared, end);
      const told = notWritten
        ? summarizeRun(config, prepared, { ...known, ending: 'failed', error: error ?? notWritten })
        : end;
      endStream(bus, prepared && told);
      const sinks = isLost(prepared?.folder) ? prepared?.sinks.abandon() : await prepared?.sinks.done();
      state.summary = { ...told, sinks: sinks ?? [] };
      await saveProfile(prepared, times, log);
      await close(prepared, state.summary, log);
      if (notWritten) throw notWritten;
    },
  };
}

/** Completes the metrics; those of a run that has started say how it ended, for sinks that tell others. */
function endStream(bus: MetricBus, end: Omit<RunSummary, 'sinks'> | undefined): void {
  if (end) {
    const { steps, status, error: reason } = end;
    bus.text(steps, runEndTag, describeRunEnd({ status, ...(reason !== undefined && { reason }) }));
  }
  bus.complete();
}

/** Averages take their time to change places with what is trained: in a run that makes steps, first pictures do without. */
function viewSubject({ evaluator }: PreparedRun, step: number, isHeld: boolean): ViewSubject {
  const { renderTrained, ...subject } = evaluator;
  return { ...subject, step, ...(!isHeld && renderTrained && { renderFast: renderTrained }) };
}

function ready({ prepared }: SessionState): PreparedRun {
  if (!prepared) throw new Error('the run is not prepared');
  return prepared;
}

/** The whole state at a step boundary, as views: copy at once. */
function describe(state: SessionState, config: Config, step: number): Checkpoint {
  const { parts, continuation } = ready(state);
  return {
    step,
    engine: parts.engine.name,
    config: config as unknown as Plain,
    facts: {
      runId: continuation.runId,
      trainSeconds: state.stopwatch.trainSeconds,
      ...arithmeticOf(parts.engine),
      ...dataFact(parts.pipeline),
    },
    tensors: gatherTensors(parts),
  };
}

/** Back to the newest checkpoint, or to where the session began, at half of the learning rates now in force. */
async function rollBack(state: SessionState, { config, bus, log }: RunSessionOptions): Promise<Prepared> {
  const { parts, store, evaluation } = ready(state);
  await state.writing.catch(() => undefined);
  const checkpoint = (await store.newest()) ?? state.start;
  if (!checkpoint) throw new Error('there is no state to go back to');
  const { step, tensors } = checkpoint;
  const groups = Object.keys(parts.pipeline.groups).filter((group) => group in config.groups);
  const halved = groups.map((group) => ({ group, factor: parts.schedulers.factor(group) / 2 }));
  restoreTensors(parts, tensors);
  for (const { group, factor } of halved) parts.schedulers.setFactor(group, factor);
  const message = `back to step ${step} at half the learning rates`;
  log.warn({ step, factors: halved }, message);
  evaluation.forget(step);
  bus.text(step, rollbackTag, message);
  return { step, trainSeconds: state.stopwatch.trainSeconds };
}

/** Whether another process has taken the folder over. */
function isLost(folder: RunFolder | undefined): boolean {
  try {
    folder?.check();
    return false;
  } catch {
    return true;
  }
}

/** A profile that cannot be written is no reason for a run to fail. */
async function saveProfile(prepared: PreparedRun | undefined, times: RunTimes, log: Log): Promise<void> {
  const folder = prepared?.folder;
  const profile = times.profile();
  if (!folder || profile === undefined || isLost(folder)) return;
  await folder
    .writeProfile(profile)
    .catch((error: unknown) =>
      log.warn({ err: error }, `the profile could not be written: ${(error as Error).message}`),
    );
}

/**
 * Whether a summary can be written is found out before anybody is told how the run ended; the one that is whole, with what
 * became of the sinks, comes last.
 */
async function notWrittenBefore(
  prepared: PreparedRun | undefined,
  end: Omit<RunSummary, 'sinks'>,
): Promise<Error | undefined> {
  const folder = prepared?.folder;
  if (!folder || isLost(folder)) return undefined;
  return folder.writeSummary({ ...end, sinks: [] }).then(
    () => undefined,
    (error: Error) => error,
  );
}

/** How the run ended has been said: what fails now is a warning, and no reason to leave out the rest. */
async function close(prepared: PreparedRun | undefined, summary: RunSummary, log: Log): Promise<void> {
  if (!prepared) return;
  const { folder, parts, store } = prepared;
  const last: (() => unknown)[] = [
    () => store.dispose(),
    () => folder && !isLost(folder) && folder.writeSummary(summary),
    () => folder?.release(),
    () => parts.dispose(),
  ];
  for (const act of last)
    try {
      await act();
    } catch (error) {
      log.warn({ err: error }, `at the end of the run: ${(error as Error).message}`);
    }
}
