/** What the sink writes is read back by TensorBoard itself, where Python has it. */
import { spawnSync } from 'node:child_process';
import { readdirSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { MetricEvent } from '../../../streams/metricEvent.ts';
import { tensorboardSink } from '../../../streams/sinks/tensorboardSink.ts';
import { runSink, scalar, temporaryFolder } from './runSink.ts';

const hasTensorboard = spawnSync('python3', ['-c', 'import tensorboard']).status === 0;

interface Read {
  readonly scalars: Record<string, [number, number, number][]>;
  readonly images: Record<string, [number, number, number, number[]][]>;
  readonly texts: Record<string, [number, string][]>;
  readonly histograms: Record<string, [number, Record<string, number | number[]>][]>;
}

interface HparamsRow {
  readonly name: string;
  readonly hparams: Record<string, unknown>;
  readonly sessions: readonly object[];
  readonly metricValues: readonly object[];
}

function runPythonScript(script: string, folder: string): unknown {
  const file = fileURLToPath(new URL(script, import.meta.url));
  const { stdout, stderr, status } = spawnSync('python3', [file, folder], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}

const readBack = (runDir: string) =>
  runPythonScript('./readTensorboard.py', join(runDir, 'tensorboard')) as Read;

const steps = (from: number, to: number, value: (step: number) => number): MetricEvent[] =>
  Array.from({ length: to - from + 1 }, (_, index) =>
    scalar('train/loss', from + index, value(from + index)),
  );

describe.skipIf(!hasTensorboard)(
  'tensorboardSink, read by TensorBoard (needs Python with tensorboard)',
  () => {
    it('gives scalars, images, histograms and texts', async () => {
      const runDir = temporaryFolder();
      const image = { width: 2, height: 1, data: Uint8Array.of(255, 0, 0, 1, 2, 3) };
      const at = { step: 50, wallTime: 1_790_000_100.25 };
      const report = await runSink(
        tensorboardSink(),
        [
          { kind: 'config', tag: 'config', step: 0, wallTime: 1_790_000_000, config: { seed: 42 } },
          ...steps(1, 100, (step) => 1 / step),
          { ...scalar('train/psnr', 100, 1e39) },
          { kind: 'image', tag: 'eval/images/0', ...at, image },
          { kind: 'histogram', tag: 'weights', ...at, edges: [-1, 0, 3], counts: [4, 6] },
          { kind: 'text', tag: 'note', ...at, text: '**größer**' },
        ],
        { runDir },
      );
      expect(report).toEqual({ name: 'tensorboard', delivered: 105, dropped: 0 });
      const { scalars, images, texts, histograms } = readBack(runDir);
      expect(Object.keys(scalars)).toEqual(['train/loss', 'train/psnr']);
      expect(scalars['train/loss']).toEqual(
        Array.from({ length: 100 }, (_, i) => [i + 1, 1_790_000_000 + (i + 1) / 8, Math.fround(1 / (i + 1))]),
      );
      expect(scalars['train/psnr']![0]![2]).toBe('inf');
      expect(images['eval/images/0']).toEqual([[50, 2, 1, [255, 0, 0, 1, 2, 3]]]);
      expect(texts['note/text_summary'] ?? texts['note']).toEqual([[50, '**größer**']]);
      expect((texts['config/text_summary'] ?? texts['config'])![0]![1]).toContain('"seed": 42');
      // Centres -0.5 (4 times) and 1.5 (6 times): sum 7, sum of squares 14.5.
      expect(histograms['weights']).toEqual([
        [50, { min: -1, max: 3, num: 10, sum: 7, sum_squares: 14.5, bucket_limit: [0, 3], bucket: [4, 6] }],
      ]);
    });

    it('gives a row of the HParams table: settings, newest metrics, and how the run ended', async () => {
      const folder = temporaryFolder();
      const runDir = join(folder, 'fox');
      const settings = { trainer: { seed: 42, startPaused: false }, method: 'instant-ngp', steps: [1, 2] };
      const session = (text: string, step: number): MetricEvent[] => [
        { kind: 'config', tag: 'config', step: 0, wallTime: 1_790_000_000.5, config: settings },
        scalar('eval/psnr', step, 25),
        { kind: 'text', tag: 'run/end', step, wallTime: 1_790_000_200, text },
      ];
      await runSink(tensorboardSink(), session('failed: not finite', 10), { runDir });
      const failed = runPythonScript('./readHparams.py', folder) as HparamsRow[];
      expect(failed[0]!.sessions[0]).toMatchObject({
        status: 'STATUS_FAILURE',
        startTimeSecs: 1_790_000_000.5,
        endTimeSecs: 1_790_000_200,
      });

      await runSink(tensorboardSink(), session('completed', 20), { runDir: join(folder, 'mic') });
      const rows = runPythonScript('./readHparams.py', folder) as HparamsRow[];
      expect(rows).toHaveLength(2);
      const mic = rows.find(({ name }) => name === 'mic/tensorboard')!;
      expect(mic.hparams).toEqual({
        'trainer.seed': 42,
        'trainer.startPaused': false,
        method: 'instant-ngp',
        steps: '[1,2]',
      });
      expect(mic.sessions[0]).toMatchObject({ status: 'STATUS_SUCCESS' });
      expect(mic.metricValues).toEqual([
        expect.objectContaining({ name: { tag: 'eval/psnr' }, value: 25, trainingStep: 20 }),
      ]);
    });

    it('makes TensorBoard drop what lies beyond the checkpoint when the run continues, also after a torn record', async () => {
      const runDir = temporaryFolder();
      await runSink(
        tensorboardSink(),
        steps(1, 60, () => 1),
        { runDir },
      );
      const folder = join(runDir, 'tensorboard');
      const [first] = readdirSync(folder);
      truncateSync(join(folder, first!), 2000);
      await runSink(
        tensorboardSink(),
        steps(31, 50, () => 2),
        { runDir, fromStep: 30 },
      );
      await runSink(
        tensorboardSink(),
        steps(41, 45, () => 3),
        { runDir, fromStep: 40 },
      );
      expect(readdirSync(folder)).toHaveLength(3);
      const read = readBack(runDir).scalars['train/loss']!.map(([step, , value]) => [step, value]);
      expect(read).toEqual(Array.from({ length: 45 }, (_, i) => [i + 1, i < 30 ? 1 : i < 40 ? 2 : 3]));
    });

    it('[SK4] makes TensorBoard drop what a rollback made void', async () => {
      const runDir = temporaryFolder();
      const rollback: MetricEvent = {
        kind: 'text',
        tag: 'train/rollback',
        step: 30,
        wallTime: 0,
        text: 'back',
      };
      await runSink(tensorboardSink(), [...steps(1, 60, () => 1), rollback, ...steps(31, 50, () => 2)], {
        runDir,
      });
      const { scalars, texts } = readBack(runDir);
      const read = scalars['train/loss']!.map(([step, , value]) => [step, value]);
      expect(read).toEqual(Array.from({ length: 50 }, (_, i) => [i + 1, i < 30 ? 1 : 2]));
      expect(texts['train/rollback/text_summary'] ?? texts['train/rollback']).toEqual([[30, 'back']]);
    });
  },
);

describe('tensorboardSink', () => {
  it('puts its files directly into tensorboard/, under a name that TensorBoard looks for', async () => {
    const runDir = temporaryFolder();
    await runSink(tensorboardSink(), [scalar('x', 1, 1)], { runDir });
    expect(readdirSync(join(runDir, 'tensorboard'))).toEqual([
      expect.stringMatching(/^events\.out\.tfevents\.\d{10}\./),
    ]);
  });
});
