import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/loadConfig.ts';
import { ConfigError } from '../../src/errors.ts';
import { loadedFiles } from '../support/loadedFiles.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'nerfstream-config-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function file(name: string, text: string): Promise<string> {
  const target = path.join(folder, name);
  await mkdir(path.dirname(target), { recursive: true });
  await writeFile(target, text);
  return target;
}

async function failure(promise: Promise<unknown>): Promise<ConfigError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ConfigError);
  expect((error as ConfigError).message).not.toContain('\n');
  return error as ConfigError;
}

describe('loadConfig', () => {
  it('loads a method with overrides from code, data as a short form of data.path', async () => {
    const config = await loadConfig('instant-ngp', { data: 'photos/fox', trainer: { maxSteps: 2000 } });
    expect(config.data.path).toBe(path.resolve('photos/fox'));
    expect(config.trainer).toMatchObject({ maxSteps: 2000, seed: 42 });
    expect(config.groups['encoding']?.optimizer).toMatchObject({
      kind: 'adam',
      learningRate: 0.02,
      eps: 1e-15,
    });
  });

  it('merges a chain of extends, nearer files win, methods by name and files by relative path', async () => {
    await file(
      'base.yaml',
      'extends: instant-ngp\ntrainer: { seed: 5, maxSteps: 10 }\ncheckpoint: { keep: 3 }\n',
    );
    const top = await file('deep/top.yaml', 'extends: ../base.yaml\ntrainer: { maxSteps: 20 }\n');
    const config = await loadConfig(top, {}, ['checkpoint.keep=4']);
    expect(config.trainer).toMatchObject({ seed: 5, maxSteps: 20 });
    expect(config.checkpoint.keep).toBe(4);
    expect(Object.keys(config.groups).sort()).toEqual(['appearance', 'encoding', 'networks']);
  });

  it('resolves data and sink paths against the file they stand in, assignments against the working directory', async () => {
    await file(
      'data/base.yaml',
      'data: { path: ../photos }\nsinks: [{ module: ./sink.js }, { kind: jsonl }]\n',
    );
    const top = await file('top.yaml', 'extends: data/base.yaml\n');
    const config = await loadConfig(top);
    expect(config.data.path).toBe(path.join(folder, 'photos'));
    expect(config.sinks[0]).toMatchObject({ module: path.join(folder, 'data/sink.js'), options: {} });
    expect((await loadConfig(top, {}, ['data.path=elsewhere'])).data.path).toBe(path.resolve('elsewhere'));
  });

  it('starts from the defaults of another kind when a kind changes, in any order of assignments', async () => {
    const config = await loadConfig('instant-ngp', {}, [
      'groups.encoding.scheduler.maxSteps=77',
      'groups.encoding.scheduler.kind=constant',
      'groups.networks.scheduler={kind: exponentialDecay, finalLearningRate: 1e-4, maxSteps: 9}',
    ]).catch((error: unknown) => error);
    expect((config as Error).message).toContain('groups.encoding.scheduler.maxSteps: unknown key');
    const constant = await loadConfig('instant-ngp', {}, ['groups.encoding.scheduler.kind=constant']);
    expect(constant.groups['encoding']?.scheduler).toEqual({ kind: 'constant' });
    const untouched = await loadConfig('instant-ngp');
    expect(constant.groups['networks']?.scheduler).toEqual(untouched.groups['networks']?.scheduler);
    expect(untouched.groups['encoding']?.scheduler).toMatchObject({ kind: 'exponentialDecay' });
  });

  it('takes back what a file says with null, and keeps null where it is a value', async () => {
    const top = await file('null.yaml', 'trainer: { maxSeconds: 5, seed: 1 }\nevaluate:\n');
    const config = await loadConfig(top, {}, ['trainer.maxSeconds=null', 'checkpoint.keepBest=null']);
    expect(config.trainer.maxSeconds).toBeUndefined();
    expect(config.trainer.seed).toBe(1);
    expect(config.checkpoint.keepBest).toBeNull();
    expect(config.evaluate.imageEverySteps).toBe(1000);
  });

  it('does not let a file touch prototypes', async () => {
    const top = await file('proto.yaml', '__proto__: { polluted: 1 }\n');
    expect((await failure(loadConfig(top))).message).toContain('__proto__: unknown key');
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

// Tensors and pictures take a third of a second of every command to load; the trainer's thread and commands that show something need them.
it.each(['src/config/loadConfig.ts', 'src/cli/trainCommand.ts', 'src/cli/ctlCommand.ts'])(
  '%s loads no library of tensors or pictures',
  async (entry) => {
    const loaded = await loadedFiles(entry);
    expect(loaded.length).toBeGreaterThan(10);
    expect(loaded.filter((name) => /^(@tensorflow\/.*|sharp)$|tensors\/tf\.ts$/.test(name))).toEqual([]);
  },
);

describe('modules of the user', () => {
  const source = (body: string) => `import { z } from 'zod';\n${body}`;
  const fog = `export const model = { kind: 'fog', createPipeline() {}, schema: z.strictObject({
    width: z.number().int().positive().default(32).describe('Neurons.'),
    near: z.number().default(1), far: z.number().default(2),
  }).refine(({ near, far }) => near < far, { message: 'must be beyond near', path: ['far'] }) };`;
  /** Where the module finds zod. */
  const here = path.resolve(import.meta.dirname, 'ownModules');
  beforeAll(async () => {
    await mkdir(here, { recursive: true });
    await writeFile(path.join(here, 'fog.mjs'), source(fog));
  });
  afterAll(() => rm(here, { recursive: true }));
  const own = (...assignments: string[]) =>
    loadConfig('instant-ngp', {}, [`model.module=${path.join(here, 'fog.mjs')}`, ...assignments]);

  it('[CF1] a module takes the place of the kind; its schema fills in defaults', async () => {
    const module = path.join(here, 'fog.mjs');
    expect((await own()).model).toEqual({ module, width: 32, near: 1, far: 2 });
    expect((await own('model.width=8')).model).toMatchObject({ width: 8 });
    const top = await file('own/top.yaml', `extends: instant-ngp\nmodel: { module: ${module}, width: 4 }\n`);
    expect((await loadConfig(top, {}, ['model.kind=vanilla-nerf'])).model).toMatchObject({
      kind: 'vanilla-nerf',
    });
    expect((await loadConfig(top, {}, ['model.near=0'])).model).toEqual({
      module,
      width: 4,
      near: 0,
      far: 2,
    });
  });

  it.each([
    ['model.widht=8', 'command line: model.widht: unknown key, did you mean model.width?'],
    ['model.width=-8', 'command line: model.width: -8 does not fit: expected a whole number > 0 (Neurons)'],
    ['model.near=3', 'model.far: nothing does not fit: must be beyond near'],
  ])('[CF2] %s is answered by its schema', async (assignment, message) => {
    expect((await failure(own(assignment))).message).toContain(message);
  });

  it.each([
    ['', 'it has no export named "model" and no default export'],
    ['export const model = { schema: 1 };', 'its model has no "kind", a name of its own'],
    ["export default { kind: 'a', schema: {} };", 'the "schema" of its model is no z.strictObject'],
    [
      "export const model = { kind: 'a', schema: z.strictObject({}) };",
      'its model has no function "createPipeline": make it with defineModel or definePipeline',
    ],
    ["throw new Error('first line\\nsecond');", 'cannot be used: first line'],
  ])('[CF2] a module that is none: %s', async (body, message) => {
    const module = path.join(here, `bad${body.length}.mjs`);
    await writeFile(module, source(body));
    const top = await file('bad.yaml', `model:\n  module: ${module}\n`);
    const error = await failure(loadConfig(top));
    expect(error.message).toContain(`${top}:2: model.module: the module ${module}`);
    expect(error.message).toContain(message);
  });
});

describe('loadConfig errors', () => {
  it.each([
    [
      'groups.encodng.optimizer.learningRate=1e-3',
      'command line: groups.encodng: there is no such name here, did you mean groups.encoding? (A new one needs optimizer.kind)',
    ],
    [
      'groups.encodng.clipNorm=-1',
      'groups.encodng: there is no such name here, did you mean groups.encoding?',
    ],
    ['groups.encodng.optimizr.kind=adam', 'groups.encodng: there is no such name here'],
    ['groups.mine.optimizer.learningRate=1', 'groups.mine.optimizer.kind: missing; kinds: adam'],
    ['data.parser=blendr', '; did you mean blender?'],
    [
      'data.parser.kind=blendr',
      'data.parser.kind: unknown kind "blendr", did you mean blender? Kinds: blender',
    ],
    ['engine=tensorflw', '; did you mean tensorflow?'],
    ['model.modul=./a.mjs', 'model.modul: unknown key, did you mean model.module?'],
    ['sinks=[{modul: a.js}]', 'sinks.0.modul: unknown key, did you mean sinks.0.module?'],
    ['sinks=[{url: a}]', 'sinks.0.kind: missing; kinds: console'],
    [
      'sinks=[{kind: mlflow, queueSize: -3}]',
      'sinks.0.queueSize: -3 does not fit: expected a whole number > 0',
    ],
    [
      'groups.encoding.scheduler={kind: sequential, schedules: [{kind: stp}], milestones: []}',
      'groups.encoding.scheduler.schedules.0.kind: unknown kind "stp", did you mean step?',
    ],
    [
      'groups.encoding.transforms=[{kind: emaa}]',
      'groups.encoding.transforms.0.kind: unknown kind "emaa", did you mean ema?',
    ],
  ])('[CF3] the nearest name is named: %s', async (assignment, message) => {
    expect((await failure(loadConfig('instant-ngp', {}, [assignment]))).message).toContain(message);
  });

  it('[CF3] in a file, too, with its line', async () => {
    const top = await file(
      'group.yaml',
      'extends: instant-ngp\ngroups:\n  networks: { clipNorm: 1 }\n  encodng:\n    optimizer: { learningRate: 1e-3 }\n',
    );
    expect((await failure(loadConfig(top))).message).toBe(
      `${top}:4: groups.encodng: there is no such name here, did you mean groups.encoding? (A new one needs optimizer.kind)`,
    );
  });

  it('[CF3] a group may be called like a key', async () => {
    const top = await file(
      'kind.yaml',
      'groups: { kind: { optimizer: { kind: adam } }, b: { optimizer: { kind: sgd } } }\n',
    );
    const config = await loadConfig(top, {}, ['groups.kind.clipNorm=1']);
    expect(config.groups).toMatchObject({ kind: { clipNorm: 1 }, b: { optimizer: { kind: 'sgd' } } });
  });

  it('an unknown key in a file: file, line, and the nearest key', async () => {
    const top = await file('typo.yaml', '# first line\ntrainer:\n  seed: 1\n  maxStep: 5\n');
    const error = await failure(loadConfig(top));
    expect(error.message).toBe(`${top}:4: trainer.maxStep: unknown key, did you mean trainer.maxSteps?`);
    expect(error.at).toEqual({ file: top, path: 'trainer.maxStep' });
  });

  it('an unknown key in the file that is extended points there', async () => {
    const base = await file('badBase.yaml', 'checkpoint:\n  kep: 5\n');
    const top = await file('overBad.yaml', 'extends: badBase.yaml\n');
    expect((await failure(loadConfig(top))).message).toBe(
      `${base}:2: checkpoint.kep: unknown key, did you mean checkpoint.keep?`,
    );
  });

  it.each([
    ['trainer.maxStep=5', 'command line: trainer.maxStep: unknown key, did you mean trainer.maxSteps?'],
    ['maxSteps=5', 'command line: maxSteps: unknown key, did you mean trainer.maxSteps?'],
    [
      'trainer.maxSteps=many',
      'command line: trainer.maxSteps: "many" does not fit: expected a whole number > 0',
    ],
    ['trainer.maxSteps=-1', 'command line: trainer.maxSteps: -1 does not fit: expected a whole number > 0'],
    ['trainer.maxSteps=1.5', '1.5 does not fit: expected a whole number > 0'],
    [
      'trainer.maxSeconds=0',
      'trainer.maxSeconds: 0 does not fit: expected a number > 0 (Train for this many seconds',
    ],
    ['engine=gpu', 'engine: "gpu" does not fit: expected one of auto, simd, tensorflow'],
    ['trainer=5', 'trainer: 5 does not fit: expected a section of keys'],
    [
      'model.kind=instant-ngpp',
      'model.kind: unknown kind "instant-ngpp", did you mean instant-ngp? Kinds: instant-ngp',
    ],
    [
      'groups.encoding.optimizer.kind=adamm',
      'groups.encoding.optimizer.kind: unknown kind "adamm", did you mean adam',
    ],
    ['groups.encoding.optimiser.kind=adam', 'did you mean groups.encoding.optimizer?'],
    [
      'model.hashGrid.featuresPerLevel=3',
      'model.hashGrid.featuresPerLevel: 3 does not fit: expected one of 1, 2, 4',
    ],
    [
      'model.appearanceDimensions=3',
      '3 does not fit: expected 0 or a whole number > 0, <= 64, a multiple of 4',
    ],
    [
      'sinks=[{kind: consol}]',
      'sinks.0.kind: unknown kind "consol", did you mean console? Kinds: console, jsonl',
    ],
    ['sinks=[{modul: a.js}]', 'unknown key'],
    ['trainer.maxSteps', '"trainer.maxSteps" is not of the form key=value'],
    ['=3', '"=3" is not of the form key=value'],
    ['trainer..seed=3', 'is not of the form key=value'],
    ['trainer.seed=', 'trainer.seed= has no value'],
    ['trainer.seed={', 'trainer.seed: "{" is not valid YAML'],
  ])('%s', async (assignment, message) => {
    expect((await failure(loadConfig('instant-ngp', {}, [assignment]))).message).toContain(message);
  });

  it('names what is missing', async () => {
    const error = await failure(loadConfig('instant-ngp', {}, ['groups.extra={clipNorm: 1}']));
    expect(error.message).toMatch(/command line: groups\.extra\.optimizer.*missing/);
  });

  it('counts further findings', async () => {
    const error = await failure(loadConfig('instant-ngp', { trainer: { seed: -1, maxSteps: -1 } }));
    expect(error.message).toMatch(/^overrides: trainer\..*\(and 1 more\)$/);
  });

  it('an unknown method lists those there are', async () => {
    expect((await failure(loadConfig('instant-npg'))).message).toMatch(
      /unknown method "instant-npg", did you mean instant-ngp\? Methods: demo, instant-ngp/,
    );
  });

  it('a missing file, broken YAML, a list, a circle', async () => {
    expect((await failure(loadConfig(path.join(folder, 'none.yaml')))).message).toContain(
      'there is no such file',
    );
    const broken = await file('broken.yaml', 'trainer:\n  seed: [1\n');
    expect((await failure(loadConfig(broken))).message).toMatch(/broken\.yaml:\d: not valid YAML/);
    const twice = await file('twice.yaml', 'trainer: {seed: 1}\ntrainer: {seed: 2}\n');
    expect((await failure(loadConfig(twice))).message).toMatch(/twice\.yaml:2: not valid YAML/);
    const list = await file('list.yaml', '- 1\n');
    expect((await failure(loadConfig(list))).message).toContain('list.yaml:1: expected keys and values');
    await file('a.yaml', 'extends: ./b.yaml\n');
    const b = await file('b.yaml', 'extends: ./a.yaml\n');
    expect((await failure(loadConfig(b))).message).toContain(
      'a.yaml:1: extends: b.yaml extends itself in a circle',
    );
    const orphan = await file('orphan.yaml', 'extends: nowhere\n');
    expect((await failure(loadConfig(orphan))).message).toMatch(
      /orphan\.yaml:1: extends: unknown method "nowhere"/,
    );
  });
});
