/** A fleet for tests: runs of a scene that takes a second, and workers as processes of the command line that can be killed. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { onTestFinished, TestRunner } from 'vitest';
import { createTrainer } from '../../../machines/createTrainer.ts';
import { inspectCheckpoint, listCheckpoints } from '../../../src/checkpoint/checkpointFiles.ts';
import { loadConfig } from '../../../src/config/loadConfig.ts';
import { type Fleet, openFleet } from '../../../src/fleet/queue/fleet.ts';
import { redisServer } from '../../../src/fleet/queue/redisServer.ts';
import { configOfJob, parseRunJob, type RunJob } from '../../../src/fleet/runJob.ts';
import { type RunningCli, startCli } from '../../cli/runCli.ts';
import { tinySettings } from '../../cli/tinyScene.ts';

/** A run of the scene in `data`, by its settings. */
export async function tinyJob(data: string, run: string, settings: readonly string[]): Promise<RunJob> {
  const config = await loadConfig('instant-ngp', { data }, [
    ...tinySettings,
    'sinks=[{kind: jsonl}]',
    ...settings,
  ]);
  return parseRunJob({ sweep: 'test', run, config: JSON.parse(JSON.stringify(config)) });
}

/**
 * Trains a job in this process: what it comes to when nobody hands it out, stops it or goes on with it. Most of what a process of its own takes is its start.
 * @returns step and tensors of its newest checkpoint
 */
export async function trainedAlone(job: Pick<RunJob, 'run' | 'config'>, outDir: string) {
  const folder = path.join(outDir, job.run);
  await createTrainer(configOfJob(job), { runDir: folder }).done;
  return endOfRun(folder);
}

/** Step and tensors of a run's newest checkpoint. */
export async function endOfRun(folder: string) {
  const [newest] = await listCheckpoints(path.join(folder, 'checkpoints'));
  const { step, tensors } = await inspectCheckpoint(newest!.file);
  return { step, tensors };
}

export function fleetAt(url: string): Promise<Fleet> {
  return openFleet(redisServer(url, {}));
}

export interface TestWorker extends RunningCli {
  readonly name: string;
  /** As if its machine had lost its power: nothing is saved, and nobody is told. */
  killMachine(): Promise<void>;
  /** The worker alone: what it has started notices, and ends by itself. */
  kill(): Promise<void>;
}

/** Starts `nerfstream worker`, which misses others after three seconds; started within a test, it and what it has started end with that. */
export function startWorker(
  url: string,
  name: string,
  args: readonly string[],
  options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {},
): TestWorker {
  const cli = startCli(['worker', '--redis', url, '--name', name, '--vanished-after', '3', ...args], {
    ...options,
    env: { ...process.env, ...options.env },
  });
  const { pid } = cli.process;
  const kill = async () => {
    cli.process.kill('SIGKILL');
    await cli.result;
  };
  const killMachine = async () => {
    // Its processes first stand still: none starts another one between.
    cli.process.kill('SIGSTOP');
    for (const child of childrenOf(pid!)) killProcess(child);
    await kill();
  };
  // Before the worker alone is ended, which would leave what it has started.
  if (TestRunner.getCurrentTest())
    onTestFinished(async () => {
      if (cli.process.exitCode === null && cli.process.signalCode === null) await killMachine();
    });
  return { ...cli, name, kill, killMachine };
}

function killProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}

function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      try {
        const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
        return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1]) === parent;
      } catch {
        return false;
      }
    });
}
