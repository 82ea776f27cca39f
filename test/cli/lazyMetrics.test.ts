/** Which numbers a run of the command line reads back, seen by a pipeline of the user that writes down every read. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli, startCli } from './runCli.ts';

const root = path.resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(path.join(tmpdir(), 'nerfstream-lazy-'));
const reads = (name: string) => path.join(folder, `${name}.reads`);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeAll(() => {
  writeFileSync(
    path.join(folder, 'counted.mjs'),
    `import { appendFileSync } from 'node:fs';
import { definePipeline } from '${path.join(root, 'dist/src/index.js')}';
import { z } from '${path.join(root, 'node_modules/zod/index.js')}';
export const model = definePipeline({
  kind: 'counted',
  schema: z.strictObject({ reads: z.string() }),
  createPipeline: ({ reads }) => ({
    groups: {},
    trainStep: (step) => ({
      losses: { loss: 1 },
      metrics: { costly: () => (appendFileSync(reads, step + '\\n'), 2 * step) },
      gradients: {},
    }),
    dispose() {},
  }),
});
`,
  );
});

const trainArgs = (name: string, ...settings: string[]) => {
  const config = path.join(folder, `${name}.yaml`);
  writeFileSync(
    config,
    JSON.stringify({
      method: 'counted',
      model: { module: './counted.mjs', reads: reads(name) },
      evaluate: { batchEverySteps: 0, imageEverySteps: 0, allImagesEverySteps: 0 },
      checkpoint: { everySteps: 0 },
    }),
  );
  return ['train', config, '--data', folder, '--out', folder, '--name', name, ...settings];
};
const linesOf = (file: string) => readFileSync(file, 'utf8').trimEnd().split('\n');

describe('numbers that a run reads back', () => {
  it('[ST7] none without sinks; with one, each once', async () => {
    const without = await runCli(trainArgs('without', 'sinks=[]', 'trainer.maxSteps=20'));
    expect(without.code, without.stderr).toBe(0);
    expect(existsSync(reads('without'))).toBe(false);

    const written = await runCli(trainArgs('with', 'sinks=[{kind: jsonl}]', 'trainer.maxSteps=20'));
    expect(written.code, written.stderr).toBe(0);
    expect(linesOf(reads('with'))).toEqual(Array.from({ length: 20 }, (_, index) => String(index + 1)));
    const metrics = linesOf(path.join(folder, 'with/metrics.jsonl')).map((line) => JSON.parse(line));
    expect(
      metrics.filter(({ tag }) => tag === 'train/costly').map(({ step, value }) => value / step),
    ).toEqual(Array(20).fill(2));
  }, 120_000);

  it('[ST7] without sinks, ctl status makes the next step read them, and only that one', async () => {
    const run = startCli(trainArgs('asked', 'sinks=[]', 'trainer.maxSteps=1000000000'));
    try {
      while (!existsSync(path.join(folder, 'asked/control.sock')))
        await new Promise((resolve) => setTimeout(resolve, 20));
      const ctl = (...args: string[]) => runCli(['ctl', path.join(folder, 'asked'), ...args]);
      const status = async () => {
        const { stdout, code, stderr } = await ctl('status');
        expect(code, stderr).toBe(0);
        return JSON.parse(stdout);
      };
      // The socket is there before the first step.
      while ((await status()).step === 0);
      const before = linesOf(reads('asked')).length;
      for (const asked of [1, 2]) {
        const { step, metrics } = await status();
        expect(metrics['train/costly']).toBe(2 * step);
        expect(linesOf(reads('asked'))).toHaveLength(before + asked);
      }
      await ctl('stop');
      expect((await run.result).code).toBe(0);
    } finally {
      run.process.kill('SIGKILL');
    }
  }, 120_000);
});
