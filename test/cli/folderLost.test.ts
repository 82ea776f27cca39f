/** A training whose run folder another process takes over, as a user sees it. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { startCli } from './runCli.ts';
import { tinySettings, writeTinyScene } from './tinyScene.ts';

it('[RF3] a training whose folder was taken over says so, fails, and writes nothing more there', async () => {
  const folder = temporaryFolder();
  const data = path.join(folder, 'scene');
  await writeTinyScene(data);
  const runDir = path.join(folder, 'run');
  const inRun = (name: string) => path.join(runDir, name);
  const settings = [...tinySettings, 'trainer.startPaused=true'];
  const args = ['train', 'instant-ngp', '--data', data, '--out', folder, '--name', 'run', ...settings];
  const run = startCli(args);
  // The configuration is the first event: once it is written, nothing waits to be.
  while (!existsSync(inRun('metrics.jsonl')) || readFileSync(inRun('metrics.jsonl'), 'utf8') === '')
    await delay(20);
  writeFileSync(
    inRun('run.lock'),
    JSON.stringify({ pid: 7, began: '1', place: 'another computer', id: 'x' }),
  );
  const metrics = readFileSync(inRun('metrics.jsonl'), 'utf8');
  const { code, stderr } = await run.result;
  expect(code).toBe(1);
  expect(stderr).toContain(`${runDir} was taken over by another process`);
  expect(existsSync(inRun('summary.json'))).toBe(false);
  expect(readFileSync(inRun('metrics.jsonl'), 'utf8')).toBe(metrics);
  expect(readFileSync(inRun('run.lock'), 'utf8')).toContain('another computer');
}, 120_000);
