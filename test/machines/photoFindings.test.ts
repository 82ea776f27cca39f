/** What photos say of a scene is found once for a run: later sessions, and who looks at it, take it from a checkpoint. */
import { cp, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { createTrainer } from '../../machines/createTrainer.ts';
import { openRun } from '../../machines/openRun.ts';
import { silentLog } from '../../machines/trainerOptions.ts';
import { loadCheckpoint } from '../../src/checkpoint/checkpointFiles.ts';
import { createCheckpointStore } from '../../src/checkpoint/checkpointStore.ts';
import { loadConfig } from '../../src/config/loadConfig.ts';
import { tinySettings, writeTinyScene } from '../cli/tinyScene.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

/** The tiny scene as a capture whose box photos decide. */
async function writeCapture(folder: string): Promise<string> {
  await writeTinyScene(folder);
  const transforms = await readFile(path.join(folder, 'transforms_train.json'), 'utf8');
  await writeFile(path.join(folder, 'transforms.json'), transforms);
  return path.join(folder, 'transforms.json');
}

/** Trains until `maxSteps` and returns where the scene was said to be. */
async function train(data: string, runDir: string, maxSteps: number, resume = false): Promise<string> {
  const config = await loadConfig(
    resume ? path.join(runDir, 'config.yaml') : 'instant-ngp',
    { data, trainer: { maxSteps }, sinks: [] },
    resume ? [] : tinySettings,
  );
  const lines: string[] = [];
  const note = (_: object, line: string) => void lines.push(line);
  const log = { debug: note, info: note, warn: note, error: note };
  await createTrainer(config, { runDir, resume, log }).done;
  return lines.find((line) => line.startsWith('placed: '))!;
}

it('[RF12] a resumed run has the box it began with, also where photos would say another one now', async () => {
  const folder = temporaryFolder();
  const data = await writeCapture(path.join(folder, 'scene'));
  const runDir = path.join(folder, 'run');
  const placed = await train(data, runDir, 1);
  const { scene: before } = await shown(runDir, data);

  // One more pixel in a corner: the same photo by its looks, and a larger box.
  const photo = path.join(folder, 'scene/train/r_0.png');
  const dot = { create: { width: 1, height: 1, channels: 4, background: 'red' } } as const;
  await writeFile(
    photo,
    await sharp(photo)
      .composite([{ input: dot, left: 0, top: 0 }])
      .png()
      .toBuffer(),
  );
  const fresh = await train(data, path.join(folder, 'fresh'), 1);
  expect(fresh).not.toBe(placed);
  expect(placed).toMatch(/a transparent backdrop lies in a box of [\d.]+ units/);

  expect(await train(data, runDir, 2, true)).toBe(placed);
  const { scene: after } = await shown(runDir, data);
  expect(after.aabb).toEqual(before.aabb);
  expect((await shown(path.join(folder, 'fresh'), data)).scene.aabb).not.toEqual(before.aabb);
}, 60_000);

it('[RF12] a run whose checkpoints do not say it is opened all the same: photos are looked at', async () => {
  const folder = temporaryFolder();
  const data = await writeCapture(path.join(folder, 'scene'));
  const runDir = path.join(folder, 'run');
  await train(data, runDir, 1);
  const { scene: before, file } = await shown(runDir, data);
  const { facts, ...checkpoint } = await loadCheckpoint(file);
  const { findings, ...known } = facts['data'] as Record<string, string | string[]> & { findings: unknown };
  expect(findings).toMatchObject({ backdrop: 'transparent', reach: expect.any(Number) });
  const older = path.join(folder, 'older');
  await cp(path.join(runDir, 'config.yaml'), path.join(older, 'config.yaml'));
  const store = createCheckpointStore({ folder: path.join(older, 'checkpoints'), keep: 1, log: silentLog });
  await store.save({ ...checkpoint, facts: { ...facts, data: known } });
  await store.dispose();
  expect((await shown(older, data)).scene).toEqual(before);
}, 60_000);

async function shown(runDir: string, data: string) {
  const run = await openRun(runDir, { data });
  run.dispose();
  return run;
}
