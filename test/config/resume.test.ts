import { rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { diffForResume } from '../../src/config/diffForResume.ts';
import { defineConfig, loadConfig } from '../../src/config/loadConfig.ts';
import { presets } from '../../src/config/presets.ts';
import { toYaml } from '../../src/runFolder/writeConfig.ts';

describe('toYaml', () => {
  it.each(presets())('%s: feeding the resolved configuration back gives the same one', async (preset) => {
    const [group] = Object.keys((await loadConfig(preset)).groups);
    const config = await loadConfig(preset, { data: 'photos' }, [
      'checkpoint.keepBest=null',
      'threads=3',
      'trainer.maxSeconds=1.5',
      `groups.${group}.optimizer.eps=1e-15`,
      'sinks=[{module: ./my sink.js, options: {text: "#: yes", list: [1, null]}}]',
    ]);
    const file = path.join(tmpdir(), `nerfstream-${process.pid}-${preset}.yaml`);
    await writeFile(file, toYaml(config));
    const again = await loadConfig(file);
    await rm(file);
    expect(again).toEqual(config);
  });
});

describe('diffForResume', () => {
  it.each([
    ['model.hashGrid.levels=4', 'model.hashGrid.levels'],
    ['data.scale=2', 'data.scale'],
    ['groups.networks.optimizer.learningRate=1', 'groups.networks.optimizer.learningRate'],
    ['groups.networks.clipNorm=1', 'groups.networks.clipNorm'],
    ['trainer.seed=1', 'trainer.seed'],
  ])('%s may not change', async (assignment, key) => {
    const saved = await loadConfig('instant-ngp');
    const requested = await loadConfig('instant-ngp', {}, [assignment]);
    expect(() => diffForResume(saved, requested)).toThrow(`${key} may not change on resume`);
  });

  it('threads, engine, intervals, lengths and sinks may change', async () => {
    const saved = await loadConfig('instant-ngp');
    const requested = await loadConfig('instant-ngp', {}, [
      'threads=1',
      'engine=simd',
      'trainer.maxSteps=9',
      'trainer.maxSeconds=9',
      'evaluate.imageEverySteps=1',
      'checkpoint.everySteps=1',
      'sinks=[]',
    ]);
    expect(() => diffForResume(saved, requested)).not.toThrow();
  });
});

describe('diffForResume: places', () => {
  it('[RF10] the place of data and modules may change, the name of a module may not', () => {
    const at = (place: string, module: string) =>
      defineConfig({ data: { path: place, parser: { module: `${place}/${module}` } } });
    const saved = at('/home/a', 'ours.js');
    expect(() => diffForResume(saved, saved)).not.toThrow();
    const [moved, other] = [at('/mnt/b', 'ours.js'), at('/mnt/b', 'other.js')];
    expect(() => diffForResume(saved, moved)).not.toThrow();
    expect(() => diffForResume(saved, other)).toThrow('data.parser.module may not change on resume');
  });
});

describe('defineConfig', () => {
  it('fills in defaults and inherits nothing', () => {
    const config = defineConfig({ groups: { line: { optimizer: { kind: 'adam' } } } });
    expect(Object.keys(config.groups)).toEqual(['line']);
    expect(config.groups['line']).toMatchObject({ accumulateSteps: 1, scheduler: { kind: 'constant' } });
    expect(config.trainer.maxSteps).toBe(30_000);
  });

  it('refuses an unknown key', () => {
    const input = { trainer: { maxStep: 1 } } as Parameters<typeof defineConfig>[0];
    expect(() => defineConfig(input)).toThrow(
      'overrides: trainer.maxStep: unknown key, did you mean trainer.maxSteps?',
    );
  });
});
