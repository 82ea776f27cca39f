import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readPins } from '../../src/checkpoint/checkpointPins.ts';
import { createCheckpointStore } from '../../src/checkpoint/checkpointStore.ts';
import { checkpointsCommand } from '../../src/cli/checkpointsCommand.ts';
import { runCli } from './runCli.ts';
import { tinySettings, writeTinyScene } from './tinyScene.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'nerfstream-'));
const scene = path.join(folder, 'scene');
const run = path.join(folder, 'run');
const checkpoints = path.join(run, 'checkpoints');

const say = (...args: string[]) => runCli(['checkpoints', run, ...args], { cwd: folder });
const steps = () =>
  readdirSync(checkpoints)
    .filter((name) => name.endsWith('.ckpt'))
    .map((name) => Number(/\d+/.exec(name)));

beforeAll(async () => {
  await writeTinyScene(scene);
  const settings = [
    ...tinySettings,
    'trainer.maxSteps=8',
    'checkpoint.everySteps=0',
    'checkpoint.keep=4',
    'sinks=[]',
  ];
  const { code, stderr } = await runCli([
    'train',
    'instant-ngp',
    '--data',
    scene,
    '--out',
    folder,
    '--name',
    'run',
    ...settings,
  ]);
  expect([code, stderr]).toEqual([0, '']);
  const store = createCheckpointStore({ folder: checkpoints, keep: 9, log: { warn: () => undefined } });
  const { checkpoint } = (await store.loadLatest())!;
  for (const step of [2, 4, 6]) await store.save({ ...checkpoint, step, facts: {} });
  await store.dispose();
}, 60_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('nerfstream checkpoints', () => {
  it('lists, newest first, with the reason why each one stays', async () => {
    expect((await say('pin', '4', 'good')).stdout).toBe('step 4 stays, as "good"\n');
    const { code, stdout } = await say('list', '--json');
    const rows = JSON.parse(stdout) as { step: number; keptAs: string[]; pins: string[]; bytes: number }[];
    expect([code, rows.map(({ step }) => step)]).toEqual([0, [8, 6, 4, 2]]);
    expect(rows[0]?.keptAs).toEqual(['latest', 'best']);
    expect([rows[2]?.keptAs, rows[2]?.pins]).toEqual([['latest', 'pinned'], ['good']]);
    const text = (await say()).stdout.split('\n');
    expect(text[0]).toMatch(/^step +size +saved \(UTC\) +eval\/psnr +kept as +pins$/);
    expect(text[3]).toMatch(/^4 .* latest, pinned +good$/);
  });

  it('[RF9] commands at the same time, in processes of their own, lose no pin', async () => {
    const names = ['a', 'b', 'c', 'd'];
    const pinned = await Promise.all(names.map((name) => say('pin', '2', name)));
    expect(pinned.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    expect([...(await readPins(checkpoints)).keys()].sort()).toEqual([...names, 'good']);
    const unpinned = await Promise.all(names.map((name) => say('unpin', name)));
    expect(unpinned.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    expect([...(await readPins(checkpoints)).keys()]).toEqual(['good']);
    // Commands within one process meet more often.
    await Promise.all(names.map((name) => checkpointsCommand(run, 'pin', ['2', name], { format: '' })));
    expect([...(await readPins(checkpoints)).keys()].sort()).toEqual([...names, 'good']);
    await Promise.all(names.map((name) => checkpointsCommand(run, 'unpin', [name], { format: '' })));
    expect([...(await readPins(checkpoints)).keys()]).toEqual(['good']);
    expect(existsSync(path.join(checkpoints, 'pins.lock'))).toBe(false);
  });

  it('exports weights that a new run starts from', async () => {
    const { code, stdout } = await say('export', 'good', '--format', 'safetensors', 'w.safetensors');
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^\d+ tensors of step 4 in w.safetensors\n$/)]);
    expect((await say('export', '4', 'w.safetensors')).stderr).toContain('exists already');
    const load = ['--load', 'w.safetensors', '--out', '.', '--name', 'from-weights'];
    const settings = [...tinySettings, 'trainer.maxSteps=1', 'sinks=[]'];
    const result = await runCli(['train', 'instant-ngp', '--data', scene, ...load, ...settings], {
      cwd: folder,
    });
    expect([result.code, result.stderr]).toEqual([0, '']);
    expect(readFileSync(path.join(folder, 'from-weights', 'run.log'), 'utf8')).toContain('weights of');
  });

  it('deletes what nothing keeps, and first says what that is', async () => {
    const dry = await say('prune', 'checkpoint.keep=1', 'checkpoint.keepBest=null', '--dry-run');
    expect(dry.stdout.split('\n')).toEqual([
      'would delete run/checkpoints/step-000000006.ckpt',
      'would delete run/checkpoints/step-000000002.ckpt',
      '',
    ]);
    expect(steps()).toEqual([2, 4, 6, 8]);
    await say('prune', 'checkpoint.keep=1', 'checkpoint.keepBest=null');
    expect(steps()).toEqual([4, 8]);
    expect((await say('unpin', 'good')).code).toBe(0);
  });

  it('finds damage, says where, and never deletes for a damaged one', async () => {
    const newest = path.join(checkpoints, 'step-000000008.ckpt');
    expect((await say('verify')).stdout).toBe('8  whole\n4  whole\n2 checkpoints, 0 damaged\n');
    truncateSync(newest, 1000);
    const { code, stdout } = await say('verify');
    expect([code, stdout]).toEqual([
      1,
      expect.stringMatching(/^8 .*1000 bytes.*\n4 {2}whole\n2 checkpoints, 1 damaged\n$/),
    ]);
    expect((await say('prune', 'checkpoint.keep=1')).stdout).toBe('nothing to delete\n');
    expect(existsSync(newest)).toBe(true);
  });

  it.each([
    [['bake'], 'unknown command "bake"; commands: list, verify, prune, pin, unpin, export'],
    [['pin'], 'pin needs STEP [NAME]'],
    [['pin', '77'], 'has no checkpoint "77"; steps: 8, 4'],
    [['pin', '4', '../x'], 'A pin is named with letters'],
    [['unpin', 'x'], 'no checkpoint is pinned as "x"; pins: none'],
    [['export', '4'], 'export needs STEP FILE'],
    [['list', 'x'], 'list: unexpected argument "x"'],
  ])('refuses %j in one line', async ([command = '', ...args], message) => {
    const error: unknown = await checkpointsCommand(run, command, args, { format: 'safetensors' }).catch(
      (caught: unknown) => caught,
    );
    expect(error).toMatchObject({ tag: expect.stringMatching(/Usage|Checkpoint/) });
    expect((error as Error).message).toContain(message);
    expect((error as Error).message).not.toContain('\n');
  });

  it('says on the command line what it cannot do', async () => {
    const { code, stderr } = await say('export', '4', 'y', '--format', 'pt');
    expect([code, stderr]).toEqual([2, 'error: unknown format "pt"; formats: safetensors\n']);
  });
});
