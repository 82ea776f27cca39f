import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { defineConfig } from '../../../src/config/loadConfig.ts';
import { QueueError } from '../../../src/errors.ts';
import { checkModules, isInside } from '../../../src/fleet/queue/allowedModules.ts';
import { describeTarget, isMeant, parseTarget } from '../../../src/fleet/queue/fleetTarget.ts';
import { parseQueuedRun, queuedRunId } from '../../../src/fleet/queue/queuedRun.ts';
import { redisServer } from '../../../src/fleet/queue/redisServer.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const config = JSON.parse(JSON.stringify(defineConfig({})));
const job = { sweep: 'rates', run: 'seed=1', config, priority: 0 };

describe('parseQueuedRun', () => {
  it('takes what it should, and gives a job with its defaults', () => {
    const { priority: _, ...plain } = job;
    expect(parseQueuedRun({ version: 1, job: plain, out: '/runs/rates' }).job).toEqual(job);
  });

  it.each([
    [{ version: 2, job }, /version/],
    [{ version: 1, job, out: 'runs' }, /out: must be an absolute path/],
    [{ version: 1, job, data: '../data' }, /data: is no checksum/],
    [{ version: 1, job, command: 'rm' }, /command/],
    [{ version: 1, job: { ...job, run: '..' } }, /run: may hold letters/],
    [{ version: 1, job: { ...job, sweep: 'a/b' } }, /sweep: may hold letters/],
    [{ version: 1, job: { ...job, run: 'x'.repeat(121) } }, /longer than 120/],
    [{ version: 1, job: { ...job, config: { ...config, trainer: { maxSteps: -1 } } } }, /maxSteps/],
    ['text', /not a run/],
    [undefined, /not a run/],
  ])('[FL23] refuses %j', (data, reason) => {
    expect(() => parseQueuedRun(data)).toThrow(reason);
  });

  it('[FL23] refuses what is too long before it reads it', () => {
    expect(() => parseQueuedRun({ text: 'x'.repeat(262_144) })).toThrow(/may have 262144 bytes/);
  });

  it('[FL30] equal jobs have equal names, and each rung has its own', () => {
    expect(queuedRunId(job)).toBe('rates/seed=1');
    expect(queuedRunId({ ...job, stopAtStep: 400 })).toBe('rates/seed=1@400');
  });
});

describe('parseTarget', () => {
  it.each(['all', 'rates', 'rates/seed=1', 'worker:laptop-1'])('%s reads as it is written', (text) => {
    expect(describeTarget(parseTarget(text))).toBe(text);
  });

  it.each(['', '..', 'a/..', '../b', 'a/b/c', 'worker:', 'worker:a/b', 'a b'])('%j is none', (text) => {
    expect(() => parseTarget(text)).toThrow(QueueError);
  });

  it('means what it says', () => {
    const meant = (text: string) => isMeant(parseTarget(text), job, 'laptop-1');
    const texts = [
      'all',
      'rates',
      'rate',
      'rates/seed=1',
      'rates/seed=1@40',
      'rates/seed=2',
      'worker:laptop-1',
      'worker:laptop-2',
    ];
    expect(texts.filter(meant)).toEqual([
      'all',
      'rates',
      'rates/seed=1',
      'rates/seed=1@40',
      'worker:laptop-1',
    ]);
  });
});

describe('checkModules', () => {
  const withSinks = (...modules: (string | number)[]) => ({
    config: { sinks: modules.map((module) => ({ module })) },
  });

  it('[FL23] allows what lies in the folder, and not what a link there leads to', async () => {
    const folder = temporaryFolder();
    const [allowed, elsewhere] = [path.join(folder, 'modules'), path.join(folder, 'modules-of-others')];
    for (const place of [allowed, elsewhere]) {
      mkdirSync(place);
      writeFileSync(path.join(place, 'sink.mjs'), '');
    }
    symlinkSync(path.join(elsewhere, 'sink.mjs'), path.join(allowed, 'link.mjs'));
    await checkModules(withSinks(path.join(allowed, 'sink.mjs')), allowed);
    await checkModules({ config: { model: { kind: 'splat' } } }, undefined);
    const refused = [
      path.join(elsewhere, 'sink.mjs'),
      path.join(allowed, 'link.mjs'),
      path.join(allowed, '../modules-of-others/sink.mjs'),
      path.join(allowed, 'none.mjs'),
      'sink.mjs',
      4,
    ];
    for (const module of refused)
      await expect(checkModules(withSinks(module), allowed)).rejects.toThrow(
        /^sinks\.0\.module: this worker does not run/,
      );
    await expect(checkModules({ config: { model: { module: '/a.mjs' } } }, undefined)).rejects.toThrow(
      /start it with --modules/,
    );
  });

  it('isInside: a folder is not inside itself, nor is a neighbour whose name begins alike', () => {
    expect(['/a/b', '/a/b/c'].map((place) => isInside(place, '/a'))).toEqual([true, true]);
    expect(['/a', '/ab', '/', '/b/a'].map((place) => isInside(place, '/a'))).toEqual([
      false,
      false,
      false,
      false,
    ]);
    expect(isInside('/a/..b', '/a')).toBe(true);
  });
});

describe('redisServer', () => {
  it('[FL31] reads address and environment, and shows no secret', () => {
    const { shown, options } = redisServer('rediss://lab:s%40cret@queue.example.org/3', {});
    expect(shown).toBe('rediss://queue.example.org:6379/3');
    expect(options).toMatchObject({
      host: 'queue.example.org',
      port: 6379,
      db: 3,
      username: 'lab',
      password: 's@cret',
    });
    expect(options.tls).toEqual({ servername: 'queue.example.org' });
    const fromEnvironment = redisServer(undefined, {
      NERFSTREAM_REDIS_URL: 'redis://[::1]:7000',
      NERFSTREAM_REDIS_PASSWORD: 'p',
    });
    expect(fromEnvironment.options).toMatchObject({ host: '::1', port: 7000, password: 'p' });
    expect(fromEnvironment.options.tls).toBeUndefined();
  });

  it.each([undefined, '', 'host:6379', 'http://host', 'redis://', 'redis://host/x'])(
    '%j is no server',
    (address) => {
      expect(() => redisServer(address, {})).toThrow(QueueError);
    },
  );
});
