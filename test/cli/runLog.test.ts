/** run.log is complete, whichever way a run ends. */
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningCli, startCli } from './runCli.ts';
import { tinySettings, writeTinyScene } from './tinyScene.ts';

interface LogLine {
  readonly level: number;
  readonly time: number;
  readonly msg: string;
  readonly part?: string;
  readonly runId: string;
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'nerfstream-log-'));
  await writeTinyScene(path.join(folder, 'scene'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const train = (name: string, ...settings: string[]): RunningCli =>
  startCli([
    'train',
    'instant-ngp',
    '--data',
    path.join(folder, 'scene'),
    '--out',
    folder,
    '--name',
    name,
    ...tinySettings,
    ...settings,
  ]);

/** Every line must be JSON and bear the same run id. */
function linesOf(name: string): LogLine[] {
  const text = readFileSync(path.join(folder, name, 'run.log'), 'utf8');
  expect(text.endsWith('\n')).toBe(true);
  const lines = text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as LogLine);
  expect(new Set(lines.map(({ runId }) => runId))).toEqual(new Set([lines[0]!.runId]));
  expect(lines[0]!.runId).toMatch(/^[0-9a-f-]{36}$/);
  return lines;
}

async function untilTraining(name: string): Promise<void> {
  const metrics = path.join(folder, name, 'metrics.jsonl');
  while (!existsSync(metrics) || !readFileSync(metrics, 'utf8').includes('train/loss')) await sleep(20);
}

describe('run.log', { timeout: 120_000 }, () => {
  it('of a completed run begins with the engine and ends with what became of the sinks', async () => {
    expect(await train('done', 'trainer.maxSteps=10').result).toMatchObject({ code: 0, stderr: '' });
    const lines = linesOf('done');
    expect(lines[0]).toMatchObject({ level: 30, part: 'trainer' });
    expect(lines.at(-1)).toMatchObject({ level: 30, msg: 'completed at step 10', sinks: expect.any(Array) });
  });

  it('says only what its level allows, and everything with --debug', async () => {
    await train('quiet', 'trainer.maxSteps=2', 'log.level=warn').result;
    expect(readFileSync(path.join(folder, 'quiet', 'run.log'), 'utf8')).toBe('');
    const { stderr } = await train('loud', 'trainer.maxSteps=2', 'log.level=error', '--debug').result;
    expect(stderr).toContain('completed at step 2');
    expect(linesOf('loud').at(-1)!.msg).toBe('completed at step 2');
  });

  it('names the sink that failed, once, and people see it', async () => {
    await writeFile(
      path.join(folder, 'bad.mjs'),
      'export const sink = (m) => { m.subscribe(() => { throw new Error("bad sink"); }); };',
    );
    const { code, stderr } = await train(
      'sink',
      'trainer.maxSteps=10',
      `sinks=[{module: ${path.join(folder, 'bad.mjs')}}]`,
      'log.level=warn',
    ).result;
    expect(code).toBe(0);
    expect(stderr).toMatch(/^warning: The sink "bad\.mjs" failed: bad sink\..*\n$/);
    expect(linesOf('sink')).toEqual([
      expect.objectContaining({
        level: 40,
        part: 'sinks',
        sink: 'bad.mjs',
        msg: expect.stringContaining('bad sink'),
      }),
    ]);
  });

  it.each(['SIGINT', 'SIGTERM'] as const)('of a run that %s interrupted is complete', async (signal) => {
    const run = train(signal, 'trainer.maxSteps=1000000');
    await untilTraining(signal);
    run.process.kill(signal);
    expect((await run.result).code).toBe(130);
    const lines = linesOf(signal);
    expect(lines.some(({ msg }) => msg === `${signal}: finishing the step and saving`)).toBe(true);
    expect(lines.at(-1)!.msg).toMatch(/^interrupted at step \d+$/);
  });

  it('of a run that was ended at once says so', async () => {
    const run = train('twice', 'trainer.maxSteps=1000000');
    await untilTraining('twice');
    run.process.kill('SIGINT');
    // Node tells of a signal that arrives twice at once only once.
    while (!readFileSync(path.join(folder, 'twice', 'run.log'), 'utf8').includes('SIGINT')) await sleep(1);
    run.process.kill('SIGTERM');
    expect((await run.result).code).toBe(130);
    expect(linesOf('twice').at(-1)!.msg).toMatch(/^(SIGTERM again: ended at once|interrupted at step \d+)$/);
  });

  it('of a run that failed has the error, with its stack, and people see it once', async () => {
    const run = train('failed', 'trainer.maxSteps=200', 'groups.networks.optimizer.learningRate=1e30');
    const { code, stderr } = await run.result;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: step \d+: .* is not finite\.[^\n]*\n$/);
    expect(linesOf('failed').at(-1)).toMatchObject({
      level: 50,
      msg: expect.stringMatching(/^failed: step \d+: .* is not finite/),
      stack: expect.stringContaining('NonFiniteError'),
    });
  });

  it('is left behind by no run that could not start', async () => {
    expect((await train('never', 'threads=0').result).code).toBe(2);
    expect(existsSync(path.join(folder, 'never'))).toBe(false);
  });
});
