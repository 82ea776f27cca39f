/** Runs a training for the command line: the trainer in its thread, everything that serves people in this one. */
import { readFile } from 'node:fs/promises';
import os from 'node:os';
import { Subject } from 'rxjs';
import { configuredSinks } from '../../machines/configuredSinks.ts';
import type { RunSummary } from '../../machines/trainer.ts';
import type { MetricEvent } from '../../streams/metricEvent.ts';
import type { SinkReport } from '../../streams/sink.ts';
import type { Config } from '../config/schema.ts';
import { runPaths } from '../runFolder/runPaths.ts';
import { writeSummary } from '../runFolder/writeSummary.ts';
import { prepareNativeEnvironment } from '../tensors/native/nativeEnvironment.ts';
import { exitCodeOf, failedExitCode, plainErrorOf, reportError } from './cliErrors.ts';
import { connectTrainerThread, type TrainerThread } from './connectTrainerThread.ts';
import type { ControlHandler } from './controlServer.ts';
import { describeRun } from './describeRun.ts';
import { handleInterrupts, interruptedExitCode } from './interrupts.ts';
import { whenParentIsGone } from './parentProcess.ts';
import { createRunLog, type RunLog } from './runLog.ts';
import { type RunServices, startServices } from './runServices.ts';
import type { StudioFlags } from './studioFlags.ts';
import type { FromTrainer, TrainerThreadInput } from './threadMessages.ts';

export interface TrainingRequest {
  readonly config: Config;
  /** Absolute path of the run folder: of a new run, or of the one to resume. */
  readonly runDir: string;
  readonly resume: boolean;
  /** Checkpoint whose weights a new run starts from. */
  readonly load?: string | undefined;
  readonly debug: boolean;
  /** Shows the run in the browser while it trains. */
  readonly studio?: StudioFlags | undefined;
  /** Ends, saved, once the process that started this one is gone. */
  readonly withParent?: boolean | undefined;
}

/**
 * Trains, and resolves with the process's exit code when everything is written: 0 done, 1 failed, 2 could not start,
 * 130 interrupted.
 */
export async function runTraining(request: TrainingRequest): Promise<number> {
  // A sink that cannot be made is found before anything starts.
  const sinks = configuredSinks(request.config.sinks);
  // The library reads the environment of the process, which the trainer's thread cannot change.
  prepareNativeEnvironment(request.config.threads ?? os.availableParallelism());
  const log = createRunLog({ debug: request.debug, level: request.config.log.level });
  const trainerLog = log.logger.child({ part: 'trainer' });
  const metrics$ = new Subject<MetricEvent>();
  let services: Promise<RunServices> | undefined;
  let opened: RunServices | undefined;
  let thread: TrainerThread | undefined;
  let fromStep: number | undefined;
  // An address that cannot be had is found before anything starts, too.
  const studio = await openStudio(request);
  const interrupt = (why: string, hint = ''): void => {
    const what = fromStep === undefined ? 'ending before the first step' : 'finishing the step and saving';
    log.logger.info({ why }, `${why}: ${what}`);
    process.stderr.write(`${why}: ${what}${hint}\n`);
    thread?.interrupt();
  };
  const stopListening = handleInterrupts(
    (signal) => interrupt(signal, '; once more ends at once'),
    (signal) => {
      log.logger.warn({ told: true, signal }, `${signal} again: ended at once`);
      log.close();
    },
  );
  const logCrash = (error: Error) => log.logger.fatal({ err: error }, `crashed: ${error.message}`);
  process.on('uncaughtExceptionMonitor', logCrash);
  let forgetParent = (): void => {};
  try {
    const outcome = await new Promise<Outcome>((resolve) => {
      const shown = studio?.live;
      thread = connectTrainerThread(inputOf(request), {
        started({ run }) {
          if (request.resume) process.stdout.write(`resuming at step ${run.fromStep}\n`);
          fromStep = run.fromStep;
          const { config } = request;
          const handle: ControlHandler = async (asked, connection) => thread!.handle(asked, connection);
          // The sinks are attached when this returns, before the first batch comes.
          services = startServices({ ...run, config }, sinks, { log, metrics$, handle });
          services.then(
            (running) => {
              opened = running;
            },
            () => {},
          );
          services.catch((error: unknown) => resolve({ type: 'failed', error: plainErrorOf(error) }));
        },
        batch({ events }) {
          for (const event of events) metrics$.next(event);
          shown?.metrics(events);
        },
        log({ level, fields, message }) {
          trainerLog[level](fields, message);
          shown?.log(level, message);
        },
        picture: ({ picture }) => shown?.picture(picture),
        shown: ({ shown: scene }) => shown?.show(scene),
        progress: ({ progress }) => log.progress(progress),
        done: resolve,
        failed: resolve,
      });
      shown?.connect({
        ...thread.viewer,
        handle: thread.handle,
        sinkReports: () => opened?.sinkReports() ?? [],
      });
      if (request.withParent)
        forgetParent = whenParentIsGone(() => interrupt('the process that started this run is gone'));
    });
    studio?.live.ended(...endOf(outcome));
    return await finish(outcome, {
      request,
      log,
      fromStep,
      services: await services?.catch(() => undefined),
    });
  } finally {
    stopListening();
    forgetParent();
    process.off('uncaughtExceptionMonitor', logCrash);
    await thread?.terminate();
    await studio?.close();
    log.close();
  }
}

type Outcome = Extract<FromTrainer, { type: 'done' | 'failed' }>;

function inputOf({ config, runDir, resume, load, studio }: TrainingRequest): TrainerThreadInput {
  return { config, runDir, resume, isShown: studio !== undefined, ...(load !== undefined && { load }) };
}

/** Where a studio is asked for, it is there when this returns, and people know its address. */
async function openStudio({ runDir, config, studio }: TrainingRequest) {
  if (!studio) return undefined;
  const { studioOfTraining } = await import('../studio/studioOfTraining.ts');
  const opened = await studioOfTraining(runDir, config, studio);
  process.stdout.write(`${opened.url}\n`);
  return opened;
}

function endOf(outcome: Outcome): [status: string, error?: string] {
  return outcome.type === 'done' ? [outcome.summary.status] : ['failed', outcome.error.message];
}

/** The end of a run: sinks flush, the report is completed, people are told. @returns the exit code */
async function finish(
  outcome: Outcome,
  run: {
    readonly request: TrainingRequest;
    readonly log: RunLog;
    readonly services: RunServices | undefined;
    /** Where the run continued; `undefined` if it never started. */
    readonly fromStep: number | undefined;
  },
): Promise<number> {
  // The folder of a run that has started fails it only when another process has taken it over: nothing more is written.
  const folderLost = outcome.type === 'failed' && outcome.error.tag === 'RunFolder';
  const sinks = (await run.services?.close(folderLost)) ?? [];
  const { runDir, debug } = run.request;
  if (outcome.type === 'failed') {
    run.log.logger.error({ told: true, stack: outcome.error.stack }, `failed: ${outcome.error.message}`);
    reportError(outcome.error, debug);
    if (run.fromStep === undefined) return exitCodeOf(outcome.error);
    if (!folderLost) await completeSummary(runDir, sinks);
    return failedExitCode;
  }
  // Told to end before it had begun: there is nothing to report.
  if (run.fromStep === undefined) return exitCodes[outcome.summary.status];
  const lost = outcome.summary.sinks[0]?.dropped ?? 0;
  if (lost > 0)
    run.log.logger.warn({ dropped: lost }, `${lost} metrics were lost: the main thread did not keep up`);
  const summary = { ...outcome.summary, sinks };
  await writeSummary(runDir, summary);
  run.log.logger.info({ sinks }, `${summary.status} at step ${summary.steps}`);
  process.stdout.write(describeRun(summary, runDir));
  if (summary.status === 'completed' && run.request.resume && summary.steps === run.fromStep)
    process.stdout.write(nothingToDo(run.request.config));
  return exitCodes[summary.status];
}

/** Adds what became of the sinks to the summary that a failed run wrote, if it could. */
async function completeSummary(runDir: string, sinks: readonly SinkReport[]): Promise<void> {
  const text = await readFile(runPaths(runDir).summary, 'utf8').catch(() => undefined);
  if (text !== undefined) await writeSummary(runDir, { ...(JSON.parse(text) as object), sinks });
}

function nothingToDo({ trainer: { maxSteps, maxSeconds } }: Config): string {
  const limits = `trainer.maxSteps=${maxSteps}${maxSeconds === undefined ? '' : ` trainer.maxSeconds=${maxSeconds}`}`;
  return `nothing was left to train with ${limits}; resume with a larger limit, or null for none\n`;
}

const exitCodes: Readonly<Record<RunSummary['status'], number>> = {
  completed: 0,
  stopped: 0,
  interrupted: interruptedExitCode,
  failed: failedExitCode,
};
