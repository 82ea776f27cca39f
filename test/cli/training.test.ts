/** Trainings as users run them: processes, files, signals, and commands while they run. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { spansOf, traceFile } from '../profile/traceEventFormat.ts';
import { main, type RunningCli, runCli, startCli } from './runCli.ts';
import { tinySettings, writeTinyScene } from './tinyScene.ts';

let folder: string;
let data: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'nerfstream-train-'));
  data = path.join(folder, 'scene');
  await writeTinyScene(data);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const trainArgs = (name: string, ...settings: string[]) => [
  'train',
  'instant-ngp',
  '--data',
  data,
  '--out',
  folder,
  '--name',
  name,
  ...tinySettings,
  ...settings,
];
const runDir = (name: string) => path.join(folder, name);
const ctl = async (name: string, ...args: string[]) => {
  const { code, stdout, stderr } = await runCli(['ctl', runDir(name), ...args]);
  return { code, text: stdout + stderr };
};
const status = async (name: string) =>
  JSON.parse((await ctl(name, 'status')).text) as {
    state: string;
    step: number;
    learningRates: Record<string, number>;
  };
const summaryOf = (name: string) =>
  JSON.parse(readFileSync(path.join(runDir(name), 'summary.json'), 'utf8')) as {
    status: string;
    steps: number;
    wallSeconds: number;
    sinks: { name: string; delivered: number; dropped: number }[];
    eval: { psnr: number; images: { render: string }[] };
  };
const checksums = async (name: string) => {
  const checkpoints = (await readdir(path.join(runDir(name), 'checkpoints'))).sort();
  const { stdout } = await runCli([
    'inspect',
    path.join(runDir(name), 'checkpoints', checkpoints.at(-1) ?? ''),
    '--json',
  ]);
  return JSON.parse(stdout) as { step: number; tensors: { name: string; checksum: string }[] };
};
const metricSteps = async (name: string, tag = 'train/loss') =>
  (await readFile(path.join(runDir(name), 'metrics.jsonl'), 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { kind: string; tag: string; step: number })
    .filter((event) => event.tag === tag)
    .map(({ step }) => step);

const hasPython = spawnSync('python3', ['-c', 'import pty']).status === 0;

/** Runs a command in a terminal until standard input ends, closes the terminal, and prints the command's exit code. */
const terminalThatDrops = `
import os, pty, select, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
while 0 not in select.select([0, terminal], [], [])[0]:
    os.read(terminal, 65536)
os.close(terminal)
print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

/** The scalars of one step, by tag. */
const valuesOf = async (name: string, step: number) =>
  Object.fromEntries(
    (await readFile(path.join(runDir(name), 'metrics.jsonl'), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { tag: string; step: number; value?: number })
      .filter((event) => event.step === step)
      .map(({ tag, value }) => [tag, value]),
  );

async function untilRunning(name: string, run: RunningCli): Promise<void> {
  let ended = false;
  void run.result.then(() => {
    ended = true;
  });
  while (!existsSync(path.join(runDir(name), 'control.sock'))) {
    if (ended) throw new Error(`the run ended early: ${(await run.result).stderr}`);
    await sleep(20);
  }
}

/** Waits for a number of checkpoints in the run folder. */
async function untilSaved(name: string, count: number): Promise<void> {
  const saved = async () =>
    (await readdir(path.join(runDir(name), 'checkpoints'))).filter((file) => file.endsWith('.ckpt')).length;
  while ((await saved()) < count) await sleep(10);
}

// Processes on a busy machine take their time; nothing here depends on how long.
vi.setConfig({ testTimeout: 120_000 });

describe('train', () => {
  it('makes a complete run folder, and says where it is', async () => {
    const { code, stdout, stderr } = await runCli(trainArgs('plain', 'trainer.maxSteps=20'));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('run folder: ');
    expect((await readdir(runDir('plain'))).sort()).toEqual(
      expect.arrayContaining([
        'checkpoints',
        'config.yaml',
        'eval',
        'metrics.jsonl',
        'run.log',
        'summary.json',
        'tensorboard',
      ]),
    );
    expect(existsSync(path.join(runDir('plain'), 'control.sock'))).toBe(false);
    expect(await metricSteps('plain')).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    const summary = summaryOf('plain');
    expect(summary).toMatchObject({ status: 'completed', steps: 20, engine: 'simd', threads: 1 });
    expect(summary.sinks.map(({ name }) => name)).toEqual(['console', 'jsonl', 'tensorboard', 'images']);
    for (const { render } of summary.eval.images)
      expect((await stat(path.join(runDir('plain'), render))).size).toBeGreaterThan(60);
    for (const line of (await readFile(path.join(runDir('plain'), 'run.log'), 'utf8')).trim().split('\n'))
      expect(JSON.parse(line)).toHaveProperty('msg');
  });

  it('refuses an existing run folder and suggests resume', async () => {
    const { code, stderr } = await runCli(trainArgs('plain', 'trainer.maxSteps=5'));
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: [^\n]*exists already; nerfstream resume [^\n]*plain[^\n]*\n$/);
    expect(summaryOf('plain').steps).toBe(20);
  });

  it("the run folder's config.yaml reproduces the run", async () => {
    const again = ['train', path.join(runDir('plain'), 'config.yaml'), '--out', folder, '--name', 'again'];
    expect((await runCli(again)).code).toBe(0);
    expect(await checksums('again')).toEqual(await checksums('plain'));
  });

  it('goes on with a completed run as if it had never ended', async () => {
    expect((await runCli(['resume', runDir('again'), 'trainer.maxSteps=30', 'threads=2'])).code).toBe(0);
    expect((await runCli(trainArgs('unbroken', 'trainer.maxSteps=30'))).code).toBe(0);
    expect(await checksums('again')).toEqual(await checksums('unbroken'));
    expect(await metricSteps('again')).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
    const { code, stdout } = await runCli(['resume', runDir('again')]);
    expect(code).toBe(0);
    expect(stdout).toContain('nothing was left to train with trainer.maxSteps=30');
  });

  it('a training without a terminal survives the end of its reader', async () => {
    const run = startCli(trainArgs('pipe', 'trainer.maxSteps=20'));
    run.process.stdout?.destroy();
    expect((await run.result).code).toBe(0);
    expect(summaryOf('pipe').steps).toBe(20);
  });

  it('eval evaluates the newest checkpoint again', async () => {
    const { code, stdout } = await runCli(['eval', runDir('plain'), '--json']);
    expect(code).toBe(0);
    const { psnr, images } = JSON.parse(stdout) as { psnr: number; images: unknown[] };
    expect(psnr).toBeCloseTo(summaryOf('plain').eval.psnr, 6);
    expect(images).toHaveLength(2);
  });
});

describe('sinks named in the configuration', () => {
  it('one that blocks costs neither training time nor other sinks; the report says what it lost', async () => {
    const module = path.join(folder, 'slow.mjs');
    const blocking = 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);';
    await writeFile(
      module,
      `export const sink = (metrics$) => metrics$.subscribe(() => { ${blocking} }) && undefined;\n`,
    );
    const sinks = `sinks=[{module: "${module}"}, {kind: jsonl}]`;
    const { code, stdout } = await runCli(trainArgs('slow', 'trainer.maxSteps=50', sinks));
    expect(code).toBe(0);
    const { sinks: reports, steps, wallSeconds } = summaryOf('slow');
    expect(steps).toBe(50);
    expect(wallSeconds).toBeLessThan(100);
    const [slow, jsonl] = reports;
    expect(jsonl).toMatchObject({ name: 'jsonl', dropped: 0 });
    expect(slow?.dropped).toBeGreaterThan(100);
    expect((slow?.delivered ?? 0) + (slow?.dropped ?? 0)).toBe(jsonl?.delivered);
    expect(stdout).toMatch(/sink .* lost \d+ of \d+ events/);
    expect(await metricSteps('slow')).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
  });
});

describe('a run that fails while it runs', () => {
  it('ends with exit code 1, one line, and a summary that says why', async () => {
    const poison = [
      'groups.encoding.optimizer.learningRate=1e30',
      'groups.networks.optimizer.learningRate=1e30',
    ];
    const constant = ['groups.encoding.scheduler.kind=constant', 'groups.networks.scheduler.kind=constant'];
    const { code, stderr } = await runCli(
      trainArgs('failing', 'trainer.maxSteps=50', ...poison, ...constant),
    );
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: step \d+: [^\n]* is not finite[^\n]*\n$/);
    const { status: ending, sinks } = summaryOf('failing');
    expect(ending).toBe('failed');
    expect(sinks.map(({ name }) => name)).toEqual(['console', 'jsonl', 'tensorboard', 'images']);
    expect(await readFile(path.join(runDir('failing'), 'run.log'), 'utf8')).toContain('failed: step');
  });
});

describe('ctl', () => {
  it('pauses, steps, resumes, saves, evaluates and stops a run; it ends with the bits of one never touched', async () => {
    const run = startCli(trainArgs('ctl', 'trainer.maxSteps=1000000'));
    await untilRunning('ctl', run);
    expect((await stat(path.join(runDir('ctl'), 'control.sock'))).mode & 0o777).toBe(0o600);
    expect((await ctl('ctl', 'pause')).text).toMatch(/^paused at step \d+\n$/);
    const paused = await status('ctl');
    expect(paused.state).toBe('paused');
    await sleep(300);
    expect((await status('ctl')).step).toBe(paused.step);
    expect((await ctl('ctl', 'step')).text).toBe(`paused at step ${paused.step + 1}\n`);
    expect((await ctl('ctl', 'checkpoint')).text).toContain('saved checkpoints/step-');
    expect((await ctl('ctl', 'evaluate', 'image')).text).toMatch(/^evaluated at step/);
    expect(await ctl('ctl', 'set', 'learningRate.nothing=2')).toMatchObject({ code: 1 });
    expect((await ctl('ctl', 'resume')).code).toBe(0);
    await sleep(200);
    expect((await ctl('ctl', 'stop')).text).toMatch(/^stopping at step/);
    expect((await run.result).code).toBe(0);
    expect(summaryOf('ctl').status).toBe('stopped');
    expect(await ctl('ctl', 'status')).toMatchObject({ code: 2 });
    const { steps } = summaryOf('ctl');
    expect(await metricSteps('ctl')).toEqual(Array.from({ length: steps }, (_, index) => index + 1));
    expect((await runCli(trainArgs('untouched', `trainer.maxSteps=${steps}`))).code).toBe(0);
    expect(await checksums('ctl')).toEqual(await checksums('untouched'));
  });

  it('a run that starts paused waits, and a learning rate set meanwhile counts from the first step', async () => {
    const run = startCli(trainArgs('waiting', 'trainer.startPaused=true', 'trainer.maxSteps=2'));
    await untilRunning('waiting', run);
    const before = await status('waiting');
    expect(before).toMatchObject({ state: 'paused', step: 0 });
    expect((await ctl('waiting', 'set', 'learningRate.encoding=0.5')).code).toBe(0);
    expect((await ctl('waiting', 'resume')).code).toBe(0);
    expect((await run.result).code).toBe(0);
    const { encoding = 0, networks = 0 } = before.learningRates;
    expect(encoding).toBeGreaterThan(0);
    expect(await valuesOf('waiting', 1)).toMatchObject({
      'learning_rate/encoding': encoding / 2,
      'learning_rate/networks': networks,
    });
  });
});

describe('signals', () => {
  it('SIGINT finishes the step, saves, writes the profile and exits 130; resume goes on', async () => {
    const run = startCli(trainArgs('interrupted', 'trainer.maxSteps=1000000', 'trainer.profile=true'));
    await untilRunning('interrupted', run);
    await sleep(200);
    run.process.kill('SIGINT');
    const { code, stderr } = await run.result;
    expect(code).toBe(130);
    expect(stderr).toBe('SIGINT: finishing the step and saving; once more ends at once\n');
    const { status: ending, steps } = summaryOf('interrupted');
    expect(ending).toBe('interrupted');
    expect((await checksums('interrupted')).step).toBe(steps);
    const profile = await readFile(path.join(runDir('interrupted'), 'profile.json'), 'utf8');
    const spans = spansOf(traceFile.parse(JSON.parse(profile)));
    expect(spans.filter(({ name }) => name === 'forward_backward').length).toBeGreaterThan(0);
    expect(spans.filter(({ name }) => name === 'step').at(-1)?.args).toEqual({ step: steps });
    const resumed = await runCli(['resume', runDir('interrupted'), `trainer.maxSteps=${steps + 3}`]);
    expect(resumed.code).toBe(0);
    expect(summaryOf('interrupted').steps).toBe(steps + 3);
  });

  it.each(['SIGTERM', 'SIGHUP'] as const)('[TR29] %s ends a paused run, saved', async (signal) => {
    const run = startCli(trainArgs(`paused-${signal}`, 'trainer.startPaused=true'));
    await untilRunning(`paused-${signal}`, run);
    expect((await ctl(`paused-${signal}`, 'step')).code).toBe(0);
    run.process.kill(signal);
    // A connection that drops says so twice: the system, and the shell.
    if (signal === 'SIGHUP') run.process.kill(signal);
    expect((await run.result).code).toBe(130);
    expect(summaryOf(`paused-${signal}`)).toMatchObject({ status: 'interrupted', steps: 1 });
    expect((await checksums(`paused-${signal}`)).step).toBe(1);
  });

  it.skipIf(!hasPython)('[TR29] a terminal that is gone ends a run, saved', async () => {
    const args = [main, ...trainArgs('hangup', 'trainer.maxSteps=1000000')];
    const terminal = spawn('python3', ['-c', terminalThatDrops, process.execPath, ...args]);
    let exitCode = '';
    terminal.stdout.on('data', (text) => {
      exitCode += String(text);
    });
    while (!existsSync(path.join(runDir('hangup'), 'control.sock'))) await sleep(50);
    terminal.stdin.end();
    await once(terminal, 'close');
    expect(exitCode).toBe('130\n');
    const { status: ending, steps } = summaryOf('hangup');
    expect([ending, (await checksums('hangup')).step]).toEqual(['interrupted', steps]);
  });

  it('a second signal ends it at once, and what was saved stays whole', async () => {
    const run = startCli(trainArgs('twice', 'trainer.maxSteps=1000000', 'checkpoint.everySteps=5'));
    await untilRunning('twice', run);
    await untilSaved('twice', 1);
    run.process.kill('SIGINT');
    run.process.kill('SIGTERM');
    expect((await run.result).code).toBe(130);
    const { code, stderr } = await runCli(['resume', runDir('twice'), 'trainer.maxSeconds=0.1']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  it('a run that was killed resumes from its newest whole checkpoint and ends with the same bits', async () => {
    const run = startCli(trainArgs('killed', 'trainer.maxSteps=1000000', 'checkpoint.everySteps=10'));
    await untilRunning('killed', run);
    const checkpoints = path.join(runDir('killed'), 'checkpoints');
    await untilSaved('killed', 2);
    run.process.kill('SIGKILL');
    await run.result;
    const newest =
      (await readdir(checkpoints))
        .filter((name) => name.endsWith('.ckpt'))
        .sort()
        .at(-1) ?? '';
    await writeFile(path.join(checkpoints, 'step-999999999.ckpt'), 'half a checkpoint');
    const last = Number(/\d+/.exec(newest)?.[0]) + 7;
    const { code, stdout, stderr } = await runCli(['resume', runDir('killed'), `trainer.maxSteps=${last}`]);
    expect(code).toBe(0);
    expect(stdout).toContain(`resuming at step ${last - 7}`);
    expect(stderr).toMatch(/skipped .*step-999999999\.ckpt/);
    await rm(path.join(checkpoints, 'step-999999999.ckpt'));
    expect((await runCli(trainArgs('whole', `trainer.maxSteps=${last}`))).code).toBe(0);
    expect(await checksums('killed')).toEqual(await checksums('whole'));
    // The last moments before a kill -9 may be missing, but no step stands there twice or from a discarded future.
    const steps = await metricSteps('killed');
    expect(steps).toEqual([...new Set(steps)].sort((a, b) => a - b));
    expect(steps.slice(-7)).toEqual(Array.from({ length: 7 }, (_, index) => last - 6 + index));
  });

  it('two processes never write one run', async () => {
    const run = startCli(trainArgs('held', 'trainer.startPaused=true'));
    await untilRunning('held', run);
    await ctl('held', 'checkpoint');
    const { code, stderr } = await runCli(['resume', runDir('held')]);
    expect(code).toBe(2);
    expect(stderr).toMatch(/^error: [^\n]*in use[^\n]*\n$/);
    expect(await status('held')).toMatchObject({ state: 'paused' });
    run.process.kill('SIGINT');
    await run.result;
  });
});
