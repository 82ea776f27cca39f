import { expect, it } from 'vitest';
import { defineConfig } from '../../src/config/loadConfig.ts';
import { configOfJob, parseRunJob, runEndSchema } from '../../src/fleet/runJob.ts';

const config = JSON.parse(JSON.stringify(defineConfig({ data: '/photos', trainer: { seed: 3 } })));
const job = { sweep: 'fox', run: 'seed=3', config };

it('[FL1] a job goes through JSON, and its configuration comes out whole', () => {
  const parsed = parseRunJob(JSON.parse(JSON.stringify(job)));
  expect(parsed).toEqual({ ...job, priority: 0 });
  expect(configOfJob(parsed)).toEqual(config);
});

it.each([
  [{ ...job, run: '../seed' }, /^not a job of a run: run: /],
  [{ ...job, run: 'a'.repeat(121) }, /run: is longer than 120 letters/],
  [{ ...job, sweep: '' }, /^not a job of a run: sweep: /],
  [{ ...job, command: 'rm' }, /^not a job of a run: it: .*command/],
  [{ ...job, stopAtStep: 0 }, /stopAtStep/],
  [{ ...job, priority: -1 }, /priority/],
  [{ ...job, config: { ...config, trainer: { seed: 'x' } } }, /^seed=3: trainer\.seed: "x" does not fit/],
  [{ ...job, config: { ...config, shell: 'rm' } }, /^seed=3: shell: unknown key/],
  ['job', /^not a job of a run/],
  [undefined, /^not a job of a run/],
])('[FL1] what is none is refused in one line: %#', (data, expected) => {
  expect(() => parseRunJob(data)).toThrow(expected);
});

it('[FL1] an end is plain data with the same fields whatever it was', () => {
  const measured = { step: 3, trainSeconds: 1.5, metrics: { 'eval/psnr': 20 } };
  for (const end of [
    { outcome: 'finished', ending: 'stopped', ...measured },
    { outcome: 'reachedStep', ...measured },
    { outcome: 'failed', error: 'no', badInput: true, ...measured },
    { outcome: 'givenBack', ...measured },
  ])
    expect(runEndSchema.parse(JSON.parse(JSON.stringify(end)))).toEqual(end);
  expect(runEndSchema.safeParse({ outcome: 'lost', ...measured }).success).toBe(false);
});
