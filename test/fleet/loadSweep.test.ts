import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadSweep } from '../../src/fleet/loadSweep.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'nerfstream-sweep-'));
  await writeFile(path.join(folder, 'base.yaml'), 'extends: instant-ngp\ntrainer: {maxSteps: 70}\n');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const load = async (text: string, assignments: readonly string[] = []) => {
  await writeFile(path.join(folder, 'sweep.yaml'), text);
  return loadSweep(path.join(folder, 'sweep.yaml'), assignments);
};
const configOf = (sweep: Awaited<ReturnType<typeof load>>, index: number) =>
  sweep.runs[index]!.job.config as {
    trainer: Record<string, unknown>;
    data: { path: string };
    method: string;
    threads?: number;
  };

describe('configurations of runs', () => {
  it('[FL10] are those of the file with what is tried over it; paths are seen from the file', async () => {
    const sweep = await load(
      'extends: base.yaml\ndata: {path: photos}\ntrainer: {seed: 5}\nsweep:\n  trainer.maxSeconds: [10, 20]\n',
      ['threads=3'],
    );
    expect(sweep.name).toBe('sweep');
    expect(sweep.runs.map(({ run }) => run)).toEqual(['maxSeconds=10', 'maxSeconds=20']);
    expect(configOf(sweep, 1)).toMatchObject({
      threads: 3,
      trainer: { maxSteps: 70, maxSeconds: 20, seed: 5 },
      data: { path: path.join(folder, 'photos') },
    });
  });

  it('[FL10] of configs and scenes: each config on each scene', async () => {
    const sweep = await load(
      'trainer: {seed: 5}\nsweep: {configs: [base.yaml, splat-fast], scenes: [a/fox, b/mic]}\n',
    );
    expect(sweep.runs.map(({ run }) => run)).toEqual([
      'base,fox',
      'base,mic',
      'splat-fast,fox',
      'splat-fast,mic',
    ]);
    expect(configOf(sweep, 1)).toMatchObject({
      method: 'instant-ngp',
      trainer: { maxSteps: 70, seed: 5 },
      data: { path: path.join(folder, 'b/mic') },
    });
    expect(configOf(sweep, 2)).toMatchObject({
      method: 'splat-fast',
      data: { path: path.join(folder, 'a/fox') },
    });
  });

  it('have one hash where they are equal, and another one where anything differs', async () => {
    const { runs } = await load(
      'extends: base.yaml\ndata: {path: x}\nsweep: {trainer.seed: [1, 2], trainer.maxSteps: [70]}\n',
    );
    const other = await load(
      'extends: base.yaml\ndata: {path: x}\ntrainer: {seed: 2}\nsweep: {threads: [1, 2]}\n',
    );
    expect(runs[0]!.configHash).not.toBe(runs[1]!.configHash);
    // Threads are part of a configuration, and of no bit.
    expect(other.runs[0]!.configHash).not.toBe(other.runs[1]!.configHash);
    expect(other.runs.map(({ trainedHash }) => trainedHash)).toEqual([
      runs[1]!.trainedHash,
      runs[1]!.trainedHash,
    ]);
  });

  it('the rungs are those of the shortest way up', async () => {
    const sweep = await load(
      'extends: base.yaml\ndata: {path: x}\nsweep: {trainer.seed: [1, 2], asha: {minSteps: 10, reductionFactor: 2}}\n',
    );
    expect(sweep.ladder).toEqual([10, 20, 40, 70]);
  });
});

describe('[FL18] one line says what is wrong, where, and in which run, before anything starts', () => {
  const base = 'extends: base.yaml\ndata: {path: x}\n';
  it.each<[string, string, RegExp]>([
    [
      'a value that does not fit',
      `${base}sweep:\n  trainer.seed: [1, -2]\n`,
      /sweep\.yaml:4 \(run seed=-2\): trainer\.seed: -2 does not fit: expected a whole number/,
    ],
    [
      'a key that is misspelt',
      `${base}sweep:\n  trainer.sead: [1]\n`,
      /sweep\.yaml:4 \(run sead=1\): trainer\.sead: unknown key, did you mean trainer\.seed\?/,
    ],
    [
      'an option that is misspelt',
      `${base}sweep:\n  metrik: eval/ssim\n`,
      /sweep\.yaml:4: sweep\.metrik: unknown key, did you mean sweep\.metric\?/,
    ],
    [
      'no values',
      `${base}sweep:\n  trainer.seed: 3\n`,
      /sweep\.yaml:4: sweep\.trainer\.seed: 3 does not fit: expected a list of values, or one of/,
    ],
    [
      'an odd range',
      `${base}sweep:\n  samples: 3\n  a.b: {logUniform: [0, 1]}\n`,
      /sweep\.yaml:5: sweep\.a\.b: .* logUniform: expected two numbers above 0/,
    ],
    [
      'a range the wrong way round',
      `${base}sweep:\n  samples: 3\n  a.b: {uniform: [2, 1]}\n`,
      /uniform: expected two numbers, the smaller one first/,
    ],
    [
      'draws without a number of them',
      `${base}sweep:\n  a.b: {uniform: [1, 2]}\n`,
      /sweep\.samples: missing/,
    ],
    [
      'a number of draws without any',
      `${base}sweep:\n  samples: 3\n  trainer.seed: [1]\n`,
      /sweep\.samples: there is nothing to draw/,
    ],
    ['no section', base, /sweep\.yaml:1: no section "sweep"/],
    ['no data', 'extends: base.yaml\nsweep: {trainer.seed: [1]}\n', /\(run seed=1\): data\.path: missing/],
    [
      'two bases',
      `${base}sweep: {configs: [splat]}\n`,
      /sweep\.yaml:1: extends: sweep\.configs says what each run extends/,
    ],
    [
      'a config that does not exist',
      'data: {path: x}\nsweep: {configs: [splut]}\n',
      /unknown method "splut", did you mean splat\?/,
    ],
    [
      'scenes of one name',
      'sweep: {scenes: [a/fox, b/fox]}\n',
      /sweep\.scenes: two of them would be called fox: give them names/,
    ],
    [
      'rungs above the end',
      `${base}sweep: {trainer.seed: [1], asha: {minSteps: 70}}\n`,
      /sweep\.asha: minSteps 70 is not below 70/,
    ],
    [
      'rungs of runs of different lengths',
      `${base}sweep: {trainer.maxSteps: [50, 60], asha: {minSteps: 10}}\n`,
      /runs have different trainer\.maxSteps/,
    ],
    [
      'a top that not all reach',
      `${base}sweep: {trainer.maxSteps: [50, 60], asha: {minSteps: 10, maxSteps: 55}}\n`,
      /maxSteps 55 is more than trainer\.maxSteps 50 \(run maxSteps=50\)/,
    ],
    [
      'runs that nobody could measure',
      `${base}sinks: []\nsweep: {trainer.seed: [1]}\n`,
      /sweep\.yaml:3 \(run seed=1\): sinks: .*add \{kind: jsonl\}/,
    ],
    [
      'runs that would wait',
      `${base}sweep: {trainer.startPaused: [true]}\n`,
      /trainer\.startPaused: true does not fit/,
    ],
  ])('%s', async (_, text, expected) => {
    const error = await load(text).catch((cause: Error) => cause);
    expect(error).toMatchObject({ tag: 'Config', message: expect.stringMatching(expected) });
    expect((error as Error).message).not.toContain('\n');
  });

  it('a setting of the command line that the sweep tries', async () => {
    await expect(load(`${base}sweep: {trainer.seed: [1]}\n`, ['trainer.seed=2'])).rejects.toThrow(
      'command line: trainer.seed: the sweep tries several values of it',
    );
  });
});
