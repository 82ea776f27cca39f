/** The examples, run as a user would: processes of their own, real folders, real signals. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { inspectCheckpoint } from '../../src/checkpoint/checkpointFiles.ts';
import { poseAt, writeImage, writeTransforms } from '../data/dataSet.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

interface Running {
  readonly child: ChildProcess;
  /** Exit code and everything it printed. */
  readonly ended: Promise<{ code: number | null; output: string }>;
}

function run(example: string, ...args: string[]): Running {
  const child = spawn(process.execPath, ['--import', 'tsx', `examples/${example}`, ...args], {
    cwd: path.resolve(import.meta.dirname, '../..'),
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const ended = new Promise<{ code: number | null; output: string }>((resolve) => {
    child.on('close', (code) => resolve({ code, output }));
  });
  return { child, ended };
}

const checkpoint = (runDir: string, step: number) =>
  inspectCheckpoint(path.join(runDir, 'checkpoints', `step-${String(step).padStart(9, '0')}.ckpt`));
const readSummary = (runDir: string) => JSON.parse(readFileSync(path.join(runDir, 'summary.json'), 'utf8'));
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Steps of the losses in metrics.jsonl. */
function stepsOf(runDir: string): number[] {
  const file = path.join(runDir, 'metrics.jsonl');
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  const events = lines.map((line) => JSON.parse(line) as { tag: string; step: number });
  return events.filter(({ tag }) => tag === 'train/loss').map(({ step }) => step);
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await pause(50);
}

describe('examples/customPipeline.ts', () => {
  it('trains, pauses, resumes, is interrupted and resumed again, to the bits of an unbroken run', async () => {
    const folder = temporaryFolder();
    const [broken, unbroken] = [path.join(folder, 'broken'), path.join(folder, 'unbroken')];

    const first = run('customPipeline.ts', broken, '1000000');
    await until(() => stepsOf(broken).length > 0);
    first.child.kill('SIGUSR2');
    await pause(1_500);
    const whilePaused = stepsOf(broken);
    await pause(1_200);
    expect(stepsOf(broken)).toEqual(whilePaused);
    first.child.kill('SIGUSR2');
    await until(() => stepsOf(broken).length > whilePaused.length);
    first.child.kill('SIGINT');
    expect((await first.ended).output).toContain('interrupted after');
    const { status, steps } = readSummary(broken);
    expect(status).toBe('interrupted');
    expect(stepsOf(broken)).toEqual(Array.from({ length: steps }, (_, index) => index + 1));

    const last = steps + 30;
    const [second, reference] = await Promise.all([
      run('customPipeline.ts', broken, String(last), 'resume').ended,
      run('customPipeline.ts', unbroken, String(last)).ended,
    ]);
    expect([second.code, reference.code]).toEqual([0, 0]);
    expect((await checkpoint(broken, last)).tensors).toEqual((await checkpoint(unbroken, last)).tensors);
    expect(readSummary(broken).eval).toEqual(readSummary(unbroken).eval);
    expect(stepsOf(broken)).toEqual(stepsOf(unbroken));
  }, 90_000);
});

describe('examples/customSink.ts', () => {
  it('says every new best PSNR, each better than the last, and the model learns', async () => {
    const { code, output } = await run('customSink.ts').ended;
    expect(code).toBe(0);
    const values = [...output.matchAll(/new best: ([\d.]+) dB/g)].map(([, value]) => Number(value));
    expect(values.length).toBeGreaterThan(2);
    expect(values).toEqual([...new Set(values)].sort((a, b) => a - b));
    expect(values.at(-1)).toBeGreaterThan(25);
  }, 60_000);
});

describe('examples/customModel.ts', () => {
  it('learns a ball from rays, with operations on the tape', async () => {
    const runDir = path.join(temporaryFolder(), 'ball');
    const { code, output } = await run('customModel.ts', runDir, '60').ended;
    expect(code, output).toBe(0);
    const [, psnr] = output.match(/PSNR ([\d.]+) dB after 60 steps/) ?? [];
    expect(Number(psnr)).toBeGreaterThan(17);
  }, 120_000);
});

describe('examples/trainFromCode.ts', () => {
  it('trains on photos and ends with an evaluation', async () => {
    const folder = temporaryFolder();
    const frames = Array.from({ length: 12 }, (_, index) => ({
      file_path: `images/${index}.png`,
      transform_matrix: poseAt(index / 3, (index % 3) / 3, 2 + (index % 2)),
    }));
    for (const { file_path } of frames)
      await writeImage(path.join(folder, file_path), { width: 32, height: 24 });
    writeTransforms(folder, { fl_x: 40, fl_y: 40, cx: 16, cy: 12, w: 32, h: 24, frames });
    const runDir = path.join(folder, 'run');
    const { code, output } = await run('trainFromCode.ts', folder, '1', runDir).ended;
    expect(code, output).toBe(0);
    expect(output).toMatch(/PSNR [\d.]+ dB after/);
    const summary = readSummary(runDir);
    expect(summary.status).toBe('completed');
    expect(summary.eval.images).not.toHaveLength(0);
    expect(existsSync(path.join(runDir, summary.eval.images[0].render))).toBe(true);
  }, 90_000);
});
