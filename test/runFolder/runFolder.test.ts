import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { evaluationRender } from '../../machines/evaluation.ts';
import { loadConfig } from '../../src/config/loadConfig.ts';
import { RunFolderError } from '../../src/errors.ts';
import { checkNewRunFolder, createRunFolder, openRunFolder } from '../../src/runFolder/runFolder.ts';
import { defaultRunFolder, runPaths } from '../../src/runFolder/runPaths.ts';
import { writeConfig } from '../../src/runFolder/writeConfig.ts';
import { writeFileAtomically } from '../../src/runFolder/writeFileAtomically.ts';
import { writeSummary } from '../../src/runFolder/writeSummary.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { trainerConfig } from '../support/trainerConfig.ts';

describe('run folders', () => {
  it('are created with their parents, held, and opened again when they are free', async () => {
    const folder = path.join(temporaryFolder(), 'runs', 'fox');
    await checkNewRunFolder(folder);
    const created = await createRunFolder(folder);
    expect(created.paths).toEqual(runPaths(folder));
    expect(readdirSync(folder).sort()).toEqual(['checkpoints', 'run.lock']);
    await expect(openRunFolder(folder)).rejects.toThrow(RunFolderError);
    await created.release();
    const opened = await openRunFolder(folder);
    await opened.release();
    expect(readdirSync(folder)).toEqual(['checkpoints']);
  });

  it('[RF2] are never taken over: not an empty one, not a file', async () => {
    const folder = temporaryFolder();
    const file = path.join(folder, 'file');
    writeFileSync(file, '');
    for (const taken of [folder, file]) {
      await expect(checkNewRunFolder(taken)).rejects.toThrow('already exists. Go on with it');
      await expect(createRunFolder(taken)).rejects.toThrow('already exists. Go on with it');
    }
    expect(readdirSync(folder)).toEqual(['file']);
  });

  it('[RF1] are refused below a file, and nothing is created', async () => {
    const folder = temporaryFolder();
    writeFileSync(path.join(folder, 'file'), '');
    await expect(createRunFolder(path.join(folder, 'file', 'run'))).rejects.toThrow(
      'the run folder cannot be created',
    );
    expect(readdirSync(folder)).toEqual(['file']);
  });

  it.runIf(process.platform === 'linux')('[RF1] are refused where no folder can ever be made', async () => {
    await expect(createRunFolder('/proc/nerfstream/run')).rejects.toThrow('the run folder cannot be created');
  });

  it('one of two processes that create the same one gets it', async () => {
    const folder = path.join(temporaryFolder(), 'run');
    const attempts = await Promise.allSettled([createRunFolder(folder), createRunFolder(folder)]);
    expect(attempts.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(readdirSync(folder).sort()).toEqual(['checkpoints', 'run.lock']);
  });
});

describe('paths', () => {
  it('are those that scripts rely on', () => {
    expect(runPaths('/runs/a')).toEqual({
      folder: '/runs/a',
      config: '/runs/a/config.yaml',
      metrics: '/runs/a/metrics.jsonl',
      log: '/runs/a/run.log',
      summary: '/runs/a/summary.json',
      profile: '/runs/a/profile.json',
      lock: '/runs/a/run.lock',
      controlSocket: '/runs/a/control.sock',
      checkpoints: '/runs/a/checkpoints',
      evaluation: '/runs/a/eval',
      renders: '/runs/a/renders',
      tensorboard: '/runs/a/tensorboard',
    });
    expect([evaluationRender(0), evaluationRender(12)]).toEqual(['eval/00000.png', 'eval/00012.png']);
  });

  it('default to method and local time', () => {
    const time = new Date(2026, 10, 3, 4, 5, 6).getTime();
    expect(defaultRunFolder('instant-ngp', time)).toBe(path.join('runs', 'instant-ngp-20261103-040506'));
  });
});

describe('files', () => {
  it('[RF4] config.yaml gives the configuration back, with an absolute data path', async () => {
    const folder = temporaryFolder();
    const config = trainerConfig({ data: { path: 'photos' }, trainer: { maxSeconds: 12.5 } });
    await writeConfig(folder, config);
    expect(await loadConfig(path.join(folder, 'config.yaml'))).toEqual({
      ...config,
      data: { ...config.data, path: path.resolve('photos') },
    });
  });

  it('summary.json spells out numbers that JSON lacks', async () => {
    const folder = temporaryFolder();
    await writeSummary(folder, { a: Number.NaN, b: [-Infinity, 1.5], c: { d: Infinity } });
    const text = readFileSync(path.join(folder, 'summary.json'), 'utf8');
    expect(JSON.parse(text)).toEqual({ a: 'NaN', b: ['-Infinity', 1.5], c: { d: 'Infinity' } });
  });

  it('are replaced as a whole, or left as they were', async () => {
    const folder = temporaryFolder();
    const file = path.join(folder, 'file');
    await writeFileAtomically(file, 'old');
    await writeFileAtomically(file, 'new');
    expect([readFileSync(file, 'utf8'), readdirSync(folder)]).toEqual(['new', ['file']]);
    mkdirSync(path.join(folder, 'occupied'));
    await expect(writeFileAtomically(path.join(folder, 'occupied'), 'x')).rejects.toThrow();
    expect(readdirSync(folder).sort()).toEqual(['file', 'occupied']);
  });
});
