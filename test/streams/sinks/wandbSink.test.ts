/** The bridge to Weights & Biases: with its real package in offline mode, and with everything that may be missing. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import type { MetricEvent } from '../../../streams/metricEvent.ts';
import { wandbSink } from '../../../streams/sinks/wandbSink.ts';
import { pythonHas, runPython } from '../../sinks/support/python.ts';
import { runSink, scalar, temporaryFolder } from './runSink.ts';

vi.setConfig({ testTimeout: 120_000 });

interface WandbRun {
  readonly history: readonly Record<string, unknown>[];
  readonly config: object;
  readonly exitCode: number;
}

/** The run files of a run folder, oldest first. */
function wandbFiles(runDir: string): string[] {
  const folder = join(runDir, 'wandb');
  return readdirSync(folder)
    .filter((name) => name.startsWith('offline-run-'))
    .sort()
    .map((name) => join(folder, name, `run-${/[^-]+$/.exec(name)}.wandb`));
}

const readRun = (file: string) => runPython('readWandb.py', file) as WandbRun;

describe.skipIf(!pythonHas('wandb'))('wandbSink, offline (needs Python with wandb)', () => {
  it('writes a history of scalars, texts, histograms and images by step, and how the run ended', async () => {
    const runDir = temporaryFolder();
    const at = { step: 2, wallTime: 1_790_000_000 };
    const events: MetricEvent[] = [
      { kind: 'config', tag: 'config', step: 0, wallTime: 0, config: { seed: 42 } },
      scalar('train/loss', 1, 0.1 + 0.2),
      scalar('train/loss', 2, Number.NaN),
      scalar('eval/psnr', 2, 20.5),
      { kind: 'histogram', tag: 'weights', ...at, edges: [-1, 0, 3], counts: [4, 6] },
      {
        kind: 'image',
        tag: 'eval/images/0',
        ...at,
        image: { width: 1, height: 1, data: Uint8Array.of(9, 8, 7) },
      },
      { kind: 'text', tag: 'note', ...at, text: '**größer**\nline' },
      { kind: 'text', tag: 'run/end', ...at, text: 'failed: not finite' },
    ];
    const config = { trainer: { seed: 42 }, sinks: [{ kind: 'webhook', url: 'http://hush' }] };
    const report = await runSink(wandbSink({ mode: 'offline' }), events, { runDir, config });
    expect(report).toEqual({ name: 'wandb', delivered: 8, dropped: 0 });
    const [file] = wandbFiles(runDir);
    const read = readRun(file!);
    expect(read.exitCode).toBe(1);
    expect(read.config).toMatchObject({ trainer: { seed: 42 }, runId: 'test' });
    expect(read.config).not.toHaveProperty('sinks');
    expect(read.history).toHaveLength(2);
    expect(read.history[0]).toMatchObject({ _step: 1, 'train/loss': 0.1 + 0.2 });
    expect(read.history[1]).toMatchObject({
      _step: 2,
      'eval/psnr': 20.5,
      note: '**größer**\nline',
      'run/end': 'failed: not finite',
    });
    expect(String(read.history[1]!['train/loss'])).toMatch(/nan/i);
    expect(read.history[1]).toMatchObject({
      'weights/_type': 'histogram',
      'weights/bins': [-1, 0, 3],
      'weights/values': [4, 6],
      'eval/images/0/_type': 'image-file',
      'eval/images/0/width': 1,
    });
    expect(JSON.stringify(read.history[1])).not.toContain('hush');
  });

  it('goes on with the same W&B run when the run continues', async () => {
    const runDir = temporaryFolder();
    const part = (from: number, to: number) =>
      Array.from({ length: to - from + 1 }, (_, index) => scalar('x', from + index, from + index));
    await runSink(wandbSink({ mode: 'offline' }), part(1, 12), { runDir });
    const { id } = JSON.parse(readFileSync(join(runDir, 'sinks/wandb.json'), 'utf8'));
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    await runSink(wandbSink({ mode: 'offline' }), part(11, 20), { runDir, fromStep: 10 });
    const files = wandbFiles(runDir);
    expect(files).toHaveLength(2);
    for (const file of files) expect(file).toContain(`run-${id}.wandb`);
    expect(readRun(files[1]!).history.map((row) => [row['_step'], row['x']])).toEqual(
      part(11, 20).map(({ step, value }) => [step, value]),
    );
  });
});

/** An interpreter that is none: a script which answers as the bridge would. */
function fakePython(script: string): string {
  const file = join(temporaryFolder(), 'python');
  writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return file;
}

describe('wandbSink', () => {
  const events = [scalar('x', 1, 1), scalar('x', 2, 2), scalar('x', 3, 3)];
  const run = async (python: string, flushTimeoutMs = 20_000) => {
    const began = performance.now();
    const report = await runSink(wandbSink({ python, flushTimeoutMs }), events, {
      runDir: temporaryFolder(),
    });
    return { ...report, ms: performance.now() - began };
  };

  it('says in one line that Python is missing', async () => {
    expect(await run('/no/such/python')).toMatchObject({
      delivered: 0,
      dropped: 3,
      error: '/no/such/python was not found: install Python 3, or name it by "python"',
    });
  });

  it('says in one line that the package is missing', async () => {
    const python = fakePython(
      'read line; echo \'{"error": "No module named wandb", "missing": true}\'; cat > /dev/null',
    );
    expect(await run(python)).toMatchObject({
      dropped: 3,
      error: `${python} has no package "wandb": ${python} -m pip install wandb`,
    });
  });

  it('says what wandb refuses, and what a bridge said that ended', async () => {
    const refuses = fakePython('read line; echo \'{"error": "UsageError: no API key"}\'; cat > /dev/null');
    expect(await run(refuses)).toMatchObject({ dropped: 3, error: 'UsageError: no API key' });
    const ends = fakePython('echo "first" >&2; echo "Segmentation fault" >&2; exit 3');
    expect(await run(ends)).toMatchObject({
      dropped: 3,
      error: 'the bridge to wandb ended (code 3): Segmentation fault',
    });
  });

  it('kills a bridge that does not come to its end, with everything it started', async () => {
    const folder = temporaryFolder();
    const python = fakePython(`sleep 1000 & echo $! > ${folder}/pid; wait`);
    const { error, ms } = await run(python, 1_000);
    expect(error).toContain('1000 ms');
    expect(ms).toBeLessThan(10_000);
    const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'));
    await vi.waitUntil(() => !isAlive(pid), { timeout: 10_000 });
  });
});

function isAlive(pid: number): boolean {
  try {
    // A zombie that nobody has collected is as dead.
    return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
