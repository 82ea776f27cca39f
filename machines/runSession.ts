/** One session of a run, the live side of the machine: what its actors do. No XState in here. */
import type { Observable } from 'rxjs';
import type { Checkpoint, Plain } from '../src/checkpoint/checkpoint.ts';
import type { Clock } from '../src/clock.ts';
import type { Config } from '../src/config/schema.ts';
import type { Log } from '../src/log.ts';
import { writeSummary } from '../src/runFolder/writeSummary.ts';
import type { MetricBus } from '../streams/metricBus.ts';
import { createLearningRateFactors } from './learningRateFactors.ts';
import type { PreparedRun } from './prepareRun.ts';
import { arithmeticOf } from './runContinuation.ts';
import { copyCheckpoint } from './runStore.ts';
import { gatherTensors, restoreTensors } from './runTensors.ts';
import { createStepGate, type StepGate } from './stepGate.ts';
import type { EvaluationScope, RunSummary } from './trainer.ts';
import type { Ending, Prepared } from './trainerContext.ts';
import type { StepCompleted } from './trainerEvents.ts';
import { trainingStream } from './trainingStream.ts';

export interface RunSession {
  /** Closed while a step is being computed. */
  readonly gate: StepGate;
  /** What preparing made, once it has. */
  readonly prepared: PreparedRun | undefined;
  /** Newest checkpoint's file, relative to the run folder. */
  readonly checkpointFile: string | undefined;
  /** How the run ended, once it has. */
  readonly summary: RunSummary | undefined;
  /** Prepares the run; with `rollbacks` > 0 goes back to the newest checkpoint at half the learning rates. */
  prepare(rollbacks: number): Promise<Prepared>;
  train(from: number): Observable<StepCompleted>;
  evaluate(scope: EvaluationScope, step: number): Observable<never>;
  /** Copies the state; it is written in another thread. */
  takeCheckpoint(step: number): Promise<void>;
  /** Resolves when the checkpoint that was taken last is written. */
  written(): Promise<void>;
  setLearningRate(group: string, factor: number): void;
  /** Ends the session: waits for what is being written, flushes the sinks, writes the summary, frees everything. */
  finish(ending: Ending, step: number, error: unknown): Promise<void>;
}

export interface RunSessionOptions {
  readonly config: Config;
  readonly bus: MetricBus;
  readonly clock: Clock;
  readonly log: Log;
  readonly prepare: () => Promise<PreparedRun>;
}

export function createRunSession(options: RunSessionOptions): RunSession {
  const { config, bus, clock, log } = options;
  const began = clock.monotonic();
  const gate = createStepGate();
  const factors = createLearningRateFactors();
  const stopwatch = { trainSeconds: 0 };
  let prepared: PreparedRun | undefined;
  let start: Checkpoint | undefined;
  let writing: Promise<void> = Promise.resolve();
  let checkpointFile: string | undefined;
  let summary: RunSummary | undefined;

  const ready = (): PreparedRun => {
    if (!prepared) throw new Error('the run is not prepared');
    return prepared;
  };

  const describeState = (step: number): Checkpoint => {
    const { parts } = ready();
    factors.apply(parts.schedulers);
    return {
      step,
      engine: parts.engine.name,
      config: config as unknown as Plain,
      facts: { trainSeconds: stopwatch.trainSeconds, ...arithmeticOf(parts.engine) },
      tensors: gatherTensors(parts),
    };
  };

  const rollBack = async (): Promise<Prepared> => {
    const { parts, store } = ready();
    await writing.catch(() => undefined);
    const checkpoint = (await store.newest()) ?? start;
    if (!checkpoint) throw new Error('there is no state to go back to');
    const groups = Object.keys(parts.pipeline.groups).filter((group) => group in config.groups);
    const halved = groups.map((group) => ({ group, factor: parts.schedulers.factor(group) / 2 }));
    restoreTensors(parts, checkpoint.tensors);
    for (const { group, factor } of halved) factors.schedule(group, factor);
    const message = `back to step ${checkpoint.step} at half the learning rates`;
    log.warn({ step: checkpoint.step, factors: halved }, message);
    bus.text(checkpoint.step, 'train/rollback', message);
    return { step: checkpoint.step, trainSeconds: stopwatch.trainSeconds };
  };

  const summarize = (ending: Ending, step: number, error: unknown): Omit<RunSummary, 'sinks'> => {
    const engine = prepared?.parts.engine;
    const evaluated = prepared?.evaluation.latest;
    return {
      status: ending,
      steps: step,
      wallSeconds: (clock.monotonic() - began) / 1000,
      trainSeconds: stopwatch.trainSeconds,
      engine: engine?.name ?? config.engine,
      threads: engine?.threads ?? 0,
      ...(evaluated?.step === step && { eval: evaluated.summary }),
      ...(checkpointFile !== undefined && { checkpoint: checkpointFile }),
      ...(ending === 'failed' && { error: error instanceof Error ? error.message : String(error) }),
    };
  };

  return {
    gate,
    get prepared() {
      return prepared;
    },
    get checkpointFile() {
      return checkpointFile;
    },
    get summary() {
      return summary;
    },
    async prepare(rollbacks) {
      if (rollbacks > 0) return rollBack();
      prepared = await options.prepare();
      const { step, trainSeconds } = prepared.continuation;
      stopwatch.trainSeconds = trainSeconds;
      checkpointFile = prepared.continuation.file;
      if (config.trainer.onNonFinite === 'rollback') start = copyCheckpoint(describeState(step));
      return { step, trainSeconds };
    },
    train: (from) =>
      trainingStream({ config, parts: ready().parts, bus, clock, gate, factors, stopwatch }, from),
    evaluate: (scope, step) => ready().evaluation.run(scope, step),
    async takeCheckpoint(step) {
      await writing.catch(() => undefined);
      const { store, evaluation } = ready();
      const metrics = evaluation.latest?.step === step ? evaluation.latest.metrics : {};
      writing = store.save(describeState(step), metrics).then((file) => {
        checkpointFile = file ?? checkpointFile;
        if (file !== undefined) log.info({ file, step }, `saved ${file}`);
      });
      writing.catch(() => undefined);
    },
    written: () => writing,
    setLearningRate: (group, factor) => factors.schedule(group, factor),
    async finish(ending, step, error) {
      const notSaved: unknown = await writing.then(
        () => undefined,
        (cause: unknown) => cause,
      );
      await prepared?.store.dispose();
      const unfinished =
        notSaved === undefined
          ? summarize(ending, step, error)
          : summarize('failed', step, error ?? notSaved);
      bus.complete();
      const sinks = (await prepared?.sinks.done()) ?? [];
      summary = { ...unfinished, sinks };
      const folder = prepared?.folder;
      try {
        if (folder) await writeSummary(folder.paths.folder, summary);
      } finally {
        await folder?.release();
        prepared?.parts.dispose();
      }
      if (notSaved !== undefined) throw notSaved;
    },
  };
}
