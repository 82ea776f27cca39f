/** Sweeps as users run them: real processes, a real kill -9, and what lies on the disk before and after. */
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { inspectCheckpoint, listCheckpoints } from '../../src/checkpoint/checkpointFiles.ts';
import { loadConfig } from '../../src/config/loadConfig.ts';
import { loadSweep } from '../../src/fleet/loadSweep.ts';
import { runCli, startCli } from '../cli/runCli.ts';
import { tinySettings, writeTinyScene } from '../cli/tinyScene.ts';
import { trainedAlone } from './support/fleetOfTest.ts';

// Processes on a busy machine take their time; nothing here depends on how long.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 60_000 });

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'nerfstream-sweeps-'));
  await writeTinyScene(path.join(folder, 'scene'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Writes a sweep of the tiny scene; `section` is YAML in one line. */
async function sweepFile(
  name: string,
  section: string,
  trainer: string,
  base = 'extends: instant-ngp\n',
): Promise<string> {
  const text = `${base}data: {path: scene}\ntrainer: ${trainer}\nsinks: [{kind: jsonl}]\ncheckpoint: {everySteps: 10}\nsweep: ${section}\n`;
  await writeFile(path.join(folder, `${name}.yaml`), text);
  return `${name}.yaml`;
}
const sweep = (...args: string[]) => runCli(['sweep', ...args, ...tinySettings], { cwd: folder });
const at = (...parts: string[]) => path.join(folder, 'runs', ...parts);
const checksums = async (...run: string[]) => {
  const [newest] = await listCheckpoints(at(...run, 'checkpoints'));
  const { step, tensors } = await inspectCheckpoint(newest!.file);
  return { step, tensors };
};
/** The end of a run of a sweep that nobody cuts off. */
const alone = async (file: string, run: string) => {
  const { runs, name } = await loadSweep(path.join(folder, file), tinySettings);
  return trainedAlone(runs.find((one) => one.run === run)!.job, path.join(folder, 'alone', name));
};
const journal = async (name: string) =>
  (await readFile(at(name, 'sweep.jsonl'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { event: string; run: string; end?: { outcome: string } })
    .map(({ event, run, end }) => `${run} ${end?.outcome ?? event}`);

describe('a sweep', () => {
  it('[FL19] --dry-run says what there would be, and leaves nothing', async () => {
    const file = await sweepFile('dry', '{trainer.seed: [1, 2]}', '{maxSteps: 20}');
    const before = await readdir(folder);
    const { code, stdout, stderr } = await sweep(file, '--dry-run');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('2 runs in runs/dry');
    expect(stdout).toMatch(/^seed=1 +20$/m);
    const json = JSON.parse((await sweep(file, '--dry-run', '--json')).stdout) as { runs: { run: string }[] };
    expect(json.runs.map(({ run }) => run)).toEqual(['seed=1', 'seed=2']);
    expect(await readdir(folder)).toEqual(before);
  });

  it('[FL18] a value that does not fit ends it with one line and exit code 2, before anything starts', async () => {
    const file = await sweepFile('wrong', '{trainer.seed: [1, two]}', '{maxSteps: 20}');
    const { code, stdout, stderr } = await sweep(file);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(
      /^error: wrong\.yaml:6 \(run seed=two\): trainer\.seed: "two" does not fit[^\n]*\n$/,
    );
    expect(existsSync(at('wrong'))).toBe(false);
  });

  it('[FL13] trains each run to the bits of a run alone, compares them, and keeps the best configuration', async () => {
    const file = await sweepFile('plain', '{trainer.seed: [1, 2, 3]}', '{maxSteps: 20}');
    const { code, stdout, stderr } = await sweep(file, '--parallel', '2');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('60 steps of 60 that all runs to their end would be');
    expect((await readdir(at('plain'))).sort()).toEqual([
      'best.yaml',
      'seed=1',
      'seed=2',
      'seed=3',
      'sweep.json',
      'sweep.jsonl',
    ]);
    expect(await checksums('plain', 'seed=2')).toEqual(await alone(file, 'seed=2'));
    const report = JSON.parse(
      (await runCli(['sweep', 'report', 'runs/plain', '--json'], { cwd: folder })).stdout,
    ) as {
      rows: { run: string; value: number; settings: Record<string, number> }[];
    };
    const values = report.rows.map(({ value }) => value);
    expect(values).toEqual([...values].sort((a, b) => b - a));
    const { eval: evaluated } = JSON.parse(
      await readFile(at('plain', report.rows[0]!.run, 'summary.json'), 'utf8'),
    );
    expect(values[0]).toBe(evaluated.psnr);
    const best = await loadConfig(at('plain', 'best.yaml'));
    expect(best.trainer).toMatchObject({ seed: report.rows[0]!.settings['trainer.seed'], maxSteps: 20 });
    // Started again there is nothing left to do.
    const before = await journal('plain');
    expect((await sweep(file)).code).toBe(0);
    expect(await journal('plain')).toEqual(before);
  });

  it('[FL5] a run that fails does not end the sweep; the exit code says it', async () => {
    const groups = ['encoding', 'networks'].map(
      (group) => `${group}: {optimizer: {learningRate: 1.0e+30}, scheduler: {kind: constant}}`,
    );
    const bad = `extends: instant-ngp\ngroups: {${groups.join(', ')}}\n`;
    await writeFile(path.join(folder, 'bad.yaml'), bad);
    const file = await sweepFile('failing', '{configs: [bad.yaml, instant-ngp]}', '{maxSteps: 20}', '');
    const { code, stdout } = await sweep(file);
    expect(code).toBe(1);
    expect(stdout).toMatch(/^bad: failed: step \d+: /m);
    expect((await journal('failing')).filter((line) => !line.endsWith('begun'))).toEqual([
      'bad failed',
      'instant-ngp finished',
    ]);
  });

  it('[FL16] killed with kill -9 and started again, it goes on; each run is finished once, to the bits of one that was never cut off', async () => {
    const file = await sweepFile('killed', '{trainer.seed: [1, 2, 3]}', '{maxSteps: 400}');
    const first = startCli(['sweep', file, ...tinySettings], { cwd: folder });
    while ((await listCheckpoints(at('killed', 'seed=2', 'checkpoints'))).length === 0) await sleep(20);
    first.process.kill('SIGKILL');
    await first.result;
    const again = await sweep(file);
    expect({ code: again.code, stderr: again.stderr }).toEqual({ code: 0, stderr: '' });
    expect(await journal('killed')).toEqual([
      'seed=1 begun',
      'seed=1 finished',
      'seed=2 begun',
      'seed=2 begun',
      'seed=2 finished',
      'seed=3 begun',
      'seed=3 finished',
    ]);
    const log = await readFile(at('killed', 'seed=2', 'run.log'), 'utf8');
    expect(log).toContain('resuming from');
    for (const run of ['seed=1', 'seed=2', 'seed=3'])
      expect(await checksums('killed', run)).toEqual(await alone(file, run));
  });

  it.each(['SIGINT', 'SIGTERM'] as const)(
    '[FL16] %s saves what runs, and ends it with exit code 130',
    async (signal) => {
      const file = await sweepFile(signal, '{trainer.seed: [1, 2]}', '{maxSteps: 1000000}');
      const run = startCli(['sweep', file, ...tinySettings], { cwd: folder });
      while ((await listCheckpoints(at(signal, 'seed=1', 'checkpoints'))).length === 0) await sleep(20);
      run.process.kill(signal);
      const { code, stdout } = await run.result;
      expect(code).toBe(130);
      const { step } = await checksums(signal, 'seed=1');
      expect(stdout).toContain(`seed=1: saved at step ${step}\n`);
      expect(stdout).toContain('interrupted: start the sweep again to go on');
      expect(await journal(signal)).toEqual(['seed=1 begun', 'seed=1 givenBack']);
      expect(existsSync(at(signal, 'sweep.lock'))).toBe(false);
    },
  );

  it('[FL40] successive halving stops most runs early, and trains the best to the end', async () => {
    const file = await sweepFile(
      'halving',
      '{trainer.seed: [1, 2, 3], asha: {minSteps: 20, reductionFactor: 2}}',
      '{maxSteps: 40}',
    );
    const { code, stdout } = await sweep(file, '--json');
    expect(code).toBe(0);
    const { rows, steps, allSteps } = JSON.parse(stdout) as {
      rows: { run: string; state: string; step: number }[];
      steps: number;
      allSteps: number;
    };
    expect(rows[0]).toMatchObject({ state: 'finished', step: 40 });
    expect(rows.some(({ state, step }) => state === 'stopped' && step < 40)).toBe(true);
    expect(allSteps).toBe(120);
    expect(steps).toBeLessThan(allSteps);
    expect((await checksums('halving', rows[0]!.run)).step).toBe(40);
  });

  it('[FL45] report writes a table, a page and the best configuration; what is no sweep is refused', async () => {
    const args = [
      'sweep',
      'report',
      'runs/plain',
      '--metric',
      'eval/ssim',
      '--csv',
      'a.csv',
      '--html',
      'a.html',
      '--best',
      'a.yaml',
    ];
    const { code, stdout } = await runCli(args, { cwd: folder });
    expect(code).toBe(0);
    expect(stdout).toMatch(/^run +eval\/ssim +eval\/psnr +step/);
    expect(await readFile(path.join(folder, 'a.csv'), 'utf8')).toMatch(
      /^run,config,scene,trainer\.seed,state,/,
    );
    expect(await readFile(path.join(folder, 'a.html'), 'utf8')).toContain('<svg');
    expect((await loadConfig(path.join(folder, 'a.yaml'))).trainer.maxSteps).toBe(20);
    const missing = await runCli(['sweep', 'report', 'scene'], { cwd: folder });
    expect(missing.code).toBe(2);
    expect(missing.stderr).toBe('error: scene is not the folder of a sweep: it has no sweep.json\n');
    const odd = await runCli(['sweep', 'report', 'runs/plain', '--metric', 'eval/snr'], { cwd: folder });
    expect(odd.stderr).toMatch(/^error: --metric eval\/snr: no run has it; there are [^\n]*eval\/psnr/);
  });
});
