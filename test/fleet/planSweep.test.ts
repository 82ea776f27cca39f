import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../src/checkpoint/canonicalJson.ts';
import type { Plain } from '../../src/checkpoint/checkpoint.ts';
import { planSweep } from '../../src/fleet/planSweep.ts';
import { runNameSchema } from '../../src/fleet/runNames.ts';
import { parseSweep, type Sweep } from '../../src/fleet/sweepSchema.ts';

const sweepOf = (section: Record<string, unknown>): Sweep =>
  parseSweep(section, { value: {}, origin: () => 'sweep.yaml:1' }, 'test');
const namesOf = (section: Record<string, unknown>) => planSweep(sweepOf(section)).map(({ run }) => run);

describe('grids', () => {
  it('[FL10] are products, the last key changing first, with names that say what is tried', () => {
    expect(namesOf({ 'trainer.seed': [1, 2], 'model.hashGrid.levels': [4, 8] })).toEqual([
      'seed=1,levels=4',
      'seed=1,levels=8',
      'seed=2,levels=4',
      'seed=2,levels=8',
    ]);
  });

  it('[FL10] configs and scenes come first, by the last parts of their paths or names of their own', () => {
    expect(
      namesOf({ scenes: ['photos/fox', '/data/mic/'], configs: ['splat', 'my/fast.yaml'], threads: [1] }),
    ).toEqual(['splat,fox,threads=1', 'splat,mic,threads=1', 'fast,fox,threads=1', 'fast,mic,threads=1']);
    expect(namesOf({ scenes: { one: 'a/fox', two: 'b/fox' } })).toEqual(['one', 'two']);
  });

  it('[FL10] keys are as short as they can be told apart', () => {
    const [name] = namesOf({
      'groups.encoding.optimizer.learningRate': [0.01],
      'groups.networks.optimizer.learningRate': [0.001],
      'trainer.seed': [1],
    });
    expect(name).toBe('encoding.optimizer.learningRate=0.01,networks.optimizer.learningRate=0.001,seed=1');
  });

  it('[FL10] sections, lists and odd texts get a hash', () => {
    const values = [
      { kind: 'constant' },
      { kind: 'cosine-decay', maxSteps: 5 },
      [1, 2],
      'Über Alles/x',
      '1',
      1,
      true,
      null,
    ];
    const names = namesOf({ 'a.b': values });
    expect(names.slice(0, 2)).toEqual(['b=constant', expect.stringMatching(/^b=cosine-decay-[0-9a-f]{4}$/)]);
    expect(names.slice(4)).toEqual([expect.stringMatching(/^b=1-[0-9a-f]{4}$/), 'b=1', 'b=true', 'b=null']);
    expect(new Set(names).size).toBe(values.length);
  });

  it('a sweep of nothing is one run with its name', () => {
    expect(namesOf({ name: 'alone' })).toEqual(['alone']);
  });

  it('refuses a value that is there twice, and more runs than anybody wants', () => {
    expect(() => namesOf({ 'a.b': [1, 2, 1.0] })).toThrow('sweep.a.b: 1 is in the list twice');
    const many = Array.from({ length: 400 }, (_, index) => index);
    expect(() => namesOf({ 'a.b': many, 'a.c': many })).toThrow('160000 runs');
  });
});

describe('draws', () => {
  it('[FL11] lie within their range; logarithms evenly, where that is asked for', () => {
    const runs = planSweep(
      sweepOf({ 'a.log': { logUniform: [1e-4, 1] }, 'a.even': { uniform: [-2, 2] }, samples: 1000 }),
    );
    const logs = runs.map(({ settings }) => Math.log10(settings['a.log'] as number));
    const evens = runs.map(({ settings }) => settings['a.even'] as number);
    expect(Math.min(...logs)).toBeGreaterThanOrEqual(-4);
    expect(Math.max(...logs)).toBeLessThanOrEqual(0);
    expect(Math.min(...evens)).toBeGreaterThanOrEqual(-2);
    expect(Math.max(...evens)).toBeLessThanOrEqual(2);
    // Four standard errors of the mean of 1,000 even draws: 4 * width / sqrt(12 * 1000).
    for (const values of [logs.map((value) => value + 2), evens])
      expect(Math.abs(values.reduce((sum, value) => sum + value, 0) / 1000)).toBeLessThan(
        (4 * 4) / Math.sqrt(12_000),
      );
  });

  it('[FL11] the name says the value to its last digit', () => {
    const drawn = planSweep(sweepOf({ 'a.rate': { logUniform: [1e-5, 1e-1] }, samples: 50 }));
    for (const { run, settings } of drawn) {
      expect(run).toBe(`rate=${settings['a.rate']}`);
      expect(Number((settings['a.rate'] as number).toPrecision(4))).toBe(settings['a.rate']);
    }
    // A narrow range has numbers of its own, too.
    const narrow = planSweep(sweepOf({ 'a.rate': { uniform: [100, 100.001] }, samples: 50 }));
    for (const { settings } of narrow)
      expect(Math.abs((settings['a.rate'] as number) - 100.0005)).toBeLessThanOrEqual(0.0005001);
  });

  it('[FL11] more samples, another value of a list, another key leave the others as they are', () => {
    const rates = (more: Record<string, unknown>) =>
      planSweep(sweepOf({ 'a.rate': { logUniform: [1, 10] }, samples: 8, ...more })).map(
        ({ settings }) => settings['a.rate'],
      );
    const before = rates({});
    expect(rates({ samples: 20 }).slice(0, 8)).toEqual(before);
    expect(rates({ 'a.other': { uniform: [0, 1] } })).toEqual(before);
    expect(rates({ 'b.c': ['x'] })).toEqual(before);
    expect(rates({ seed: 1 })).not.toEqual(before);
  });

  it('[FL11] are different ones, or there is an error', () => {
    const choices = { 'a.b': { choice: [1, 2, 3] }, 'a.c': { choice: ['x', 'y'] } };
    expect(new Set(namesOf({ ...choices, samples: 6 })).size).toBe(6);
    expect(() => namesOf({ ...choices, samples: 7 })).toThrow(
      '7 draws are asked for, and only 6 different ones',
    );
  });
});

describe('names', () => {
  const values: fc.Arbitrary<Plain> = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    fc.string(),
    fc.boolean(),
    fc.constant(null),
    fc.record({ kind: fc.string(), maxSteps: fc.nat() }),
    fc.array(fc.nat(), { maxLength: 3 }),
  );
  const list = fc.uniqueArray(values, { minLength: 1, maxLength: 4, selector: canonicalJson });
  const keys = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,6}(\.[a-z]{1,6}){1,3}$/), {
    minLength: 1,
    maxLength: 3,
  });
  const sections = keys.chain((names) =>
    fc
      .tuple(...names.map(() => list))
      .map((lists) => Object.fromEntries(names.map((name, k) => [name, lists[k]!]))),
  );

  it('[FL12] are folders on every file system, different ones also without regard to case, and the same for the same file', () => {
    fc.assert(
      fc.property(sections, (section) => {
        const names = namesOf(section);
        for (const name of names) expect(runNameSchema.safeParse(name).success, name).toBe(true);
        expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(names.length);
        expect(namesOf(section)).toEqual(names);
      }),
      { numRuns: 60 },
    );
  });

  it('[FL12] a value more changes no other name, wherever it stands', () => {
    fc.assert(
      fc.property(sections, values, fc.nat(), fc.nat(), (section, value, which, where) => {
        const names = Object.keys(section);
        const key = names[which % names.length]!;
        const before = section[key]!;
        fc.pre(!before.some((other) => canonicalJson(other) === canonicalJson(value)));
        const at = where % (before.length + 1);
        const longer = { ...section, [key]: [...before.slice(0, at), value, ...before.slice(at)] };
        expect(namesOf(longer)).toEqual(expect.arrayContaining(namesOf(section)));
      }),
      { numRuns: 60 },
    );
  });
});
