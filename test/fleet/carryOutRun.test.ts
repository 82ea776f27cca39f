/** One run as one process: real ones, of a scene that takes a second. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { inspectCheckpoint, listCheckpoints } from '../../src/checkpoint/checkpointFiles.ts';
import { loadConfig } from '../../src/config/loadConfig.ts';
import { carryOutRun } from '../../src/fleet/carryOutRun.ts';
import { parseRunJob, type RunJob } from '../../src/fleet/runJob.ts';
import { tinySettings, writeTinyScene } from '../cli/tinyScene.ts';
import { trainedAlone } from './support/fleetOfTest.ts';

// Processes on a busy machine take their time; nothing here depends on how long.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 60_000 });

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'nerfstream-fleet-'));
  await writeTinyScene(path.join(folder, 'scene'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const jobOf = async (run: string, settings: readonly string[] = [], rest: Partial<RunJob> = {}) => {
  const config = await loadConfig('instant-ngp', { data: path.join(folder, 'scene') }, [
    ...tinySettings,
    'sinks=[{kind: jsonl}]',
    ...settings,
  ]);
  return parseRunJob({ sweep: 'test', run, config: JSON.parse(JSON.stringify(config)), ...rest });
};
const endless = 'trainer.maxSteps=1000000';
const runDir = (run: string) => path.join(folder, run);
const checksums = async (run: string) => {
  const [newest] = await listCheckpoints(path.join(runDir(run), 'checkpoints'));
  const { step, tensors } = await inspectCheckpoint(newest!.file);
  return { step, tensors };
};

it('[FL1] trains a job in a folder of its name, tells what it measured, and leaves nothing beside it', async () => {
  const end = await carryOutRun(await jobOf('whole', ['trainer.maxSteps=20']), { outDir: folder });
  expect(end).toMatchObject({ outcome: 'finished', ending: 'completed', step: 20 });
  const { eval: evaluated } = JSON.parse(await readFile(path.join(runDir('whole'), 'summary.json'), 'utf8'));
  expect(end.metrics['eval/psnr']).toBe(evaluated.psnr);
  expect(Object.keys(end.metrics).filter((tag) => tag.startsWith('eval/images/'))).toEqual([]);
  expect((await readdir(folder)).sort()).toEqual(['scene', 'whole']);
});

it('[FL2] a run that has ended in its folder is not trained again', async () => {
  const job = await jobOf('whole', ['trainer.maxSteps=20']);
  const log = () => readFile(path.join(runDir('whole'), 'run.log'), 'utf8');
  const before = await log();
  expect(await carryOutRun(job, { outDir: folder })).toMatchObject({ outcome: 'finished', step: 20 });
  expect(await log()).toBe(before);
});

it('[FL3] stops at a step, evaluated and saved, and goes on later to the bits of a run that never stopped', async () => {
  const settings = ['trainer.maxSteps=40'];
  const first = await carryOutRun(await jobOf('rungs', settings, { stopAtStep: 10 }), { outDir: folder });
  expect(first).toMatchObject({ outcome: 'reachedStep', step: 10 });
  expect(first.metrics['eval/psnr']).toBeGreaterThan(0);
  const again = await carryOutRun(await jobOf('rungs', settings, { stopAtStep: 10 }), { outDir: folder });
  expect(again).toEqual(first);
  const second = await carryOutRun(await jobOf('rungs', settings, { stopAtStep: 30 }), { outDir: folder });
  expect(second).toMatchObject({ outcome: 'reachedStep', step: 30 });
  const last = await carryOutRun(await jobOf('rungs', settings), { outDir: folder });
  expect(last).toMatchObject({ outcome: 'finished', ending: 'completed', step: 40 });
  const unbroken = await trainedAlone(await jobOf('unbroken', settings), folder);
  expect(await checksums('rungs')).toEqual(unbroken);
});

it('[FL4] an abort saves the run and gives it back; carried out again it goes on there', async () => {
  const stop = new AbortController();
  let seen = 0;
  const end = await carryOutRun(await jobOf('aborted', [endless]), {
    outDir: folder,
    signal: stop.signal,
    statusEveryMs: 50,
    onStatus({ step }) {
      seen = step;
      if (step > 0) stop.abort();
    },
  });
  expect(end.outcome).toBe('givenBack');
  expect(seen).toBeGreaterThan(0);
  expect(end.step).toBeGreaterThanOrEqual(seen);
  expect((await checksums('aborted')).step).toBe(end.step);
  const to = end.step + 5;
  const next = await carryOutRun(await jobOf('aborted', [endless], { stopAtStep: to }), { outDir: folder });
  expect(next).toMatchObject({ outcome: 'reachedStep', step: to });
});

it('[FL4] aborted before it began, it begins nothing', async () => {
  const end = await carryOutRun(await jobOf('never'), { outDir: folder, signal: AbortSignal.abort() });
  expect(end).toEqual({ outcome: 'givenBack', step: 0, trainSeconds: 0, metrics: {} });
  expect(existsSync(runDir('never'))).toBe(false);
});

it('[FL5] a run that fails says why in one line, and whether trying again makes sense', async () => {
  const missing = await jobOf('no-photos', ['data.path=/nowhere/at/all']);
  expect(await carryOutRun(missing, { outDir: folder })).toMatchObject({
    outcome: 'failed',
    badInput: true,
    step: 0,
    error: expect.stringMatching(/^[^\n]*\/nowhere\/at\/all[^\n]*$/),
  });
  const poison = ['encoding', 'networks'].flatMap((group) => [
    `groups.${group}.optimizer.learningRate=1e30`,
    `groups.${group}.scheduler.kind=constant`,
  ]);
  expect(await carryOutRun(await jobOf('poison', poison), { outDir: folder })).toMatchObject({
    outcome: 'failed',
    badInput: false,
    error: expect.stringMatching(/^step \d+: [^\n]* is not finite/),
  });
});

it('[FL5] does not touch a folder that holds something else', async () => {
  await mkdir(runDir('photos'));
  await writeFile(path.join(runDir('photos'), 'holiday.txt'), 'mine');
  const end = await carryOutRun(await jobOf('photos'), { outDir: folder });
  expect(end).toMatchObject({ outcome: 'failed', badInput: true });
  expect(await readFile(path.join(runDir('photos'), 'holiday.txt'), 'utf8')).toBe('mine');
});

it('[FL6] a run does not outlive, unsaved or at all, a process that is killed; carried out again it goes on', async () => {
  const job = await jobOf('orphan', [endless, 'checkpoint.everySteps=5']);
  const built = new URL('../../dist/src/fleet/carryOutRun.js', import.meta.url).href;
  const code = `
    import { carryOutRun } from ${JSON.stringify(built)};
    await carryOutRun(${JSON.stringify(job)}, { outDir: ${JSON.stringify(folder)} });`;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', code], { stdio: 'inherit' });
  const checkpoints = path.join(runDir('orphan'), 'checkpoints');
  while ((await listCheckpoints(checkpoints)).length === 0) await sleep(20);
  parent.kill('SIGKILL');
  // The lock is gone once the run has saved and ended; then it goes on.
  const [before] = await listCheckpoints(checkpoints);
  const end = await carryOutRun(
    { ...job, stopAtStep: before!.step + 2_000 },
    { outDir: folder, signal: AbortSignal.timeout(20_000) },
  );
  expect(['reachedStep', 'givenBack']).toContain(end.outcome);
  expect(end.step).toBeGreaterThan(before!.step);
  const log = await readFile(path.join(runDir('orphan'), 'run.log'), 'utf8');
  expect(log).toContain('the process that started this run is gone');
  expect(log).toContain('resuming from');
});
