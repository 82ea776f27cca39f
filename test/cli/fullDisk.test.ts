import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { canMount, fillDisk, smallDisk } from '../support/smallDisk.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { runCli, startCli } from './runCli.ts';
import { tinySettings, writeTinyScene } from './tinyScene.ts';

const settings = [
  ...tinySettings,
  'trainer.startPaused=true',
  'trainer.maxSteps=5',
  'sinks=[{"kind":"jsonl"}]',
];

describe.skipIf(!canMount())(
  'a run whose disk is full',
  () => {
    it('[TR24] says so, is paused, and goes on with ctl resume', async () => {
      const scene = temporaryFolder();
      await writeTinyScene(scene);
      const disk = smallDisk(4);
      const run = path.join(disk, 'run');
      const training = startCli([
        'train',
        'instant-ngp',
        '--data',
        scene,
        '--out',
        disk,
        '--name',
        'run',
        ...settings,
      ]);
      let said = '';
      training.process.stderr?.on('data', (text) => {
        said += String(text);
      });
      const until = async (condition: () => boolean) => {
        while (!condition() && training.process.exitCode === null)
          await new Promise((resolve) => setTimeout(resolve, 20));
      };
      await until(() => existsSync(path.join(run, 'control.sock')));
      await runCli(['ctl', run, 'pause']);
      const makeRoom = fillDisk(disk, 128 * 1024);
      await runCli(['ctl', run, 'resume']);
      await until(() => said.includes('free some space'));
      expect(said).toMatch(/has only 0\.1 MB left: free some space\. The run is paused, nothing is lost/);
      await runCli(['ctl', run, 'pause']);
      const { stdout } = await runCli(['ctl', run, 'status']);
      expect(JSON.parse(stdout)).toMatchObject({ state: 'paused', step: 5 });
      makeRoom();
      await runCli(['ctl', run, 'resume']);
      expect((await training.result).code).toBe(0);
      const summary = JSON.parse(readFileSync(path.join(run, 'summary.json'), 'utf8'));
      expect(summary).toMatchObject({ status: 'completed', checkpoint: 'checkpoints/step-000000005.ckpt' });
      const lines = readFileSync(path.join(run, 'metrics.jsonl'), 'utf8').trim().split('\n');
      const steps = lines
        .map((line) => JSON.parse(line))
        .flatMap(({ tag, step }) => (tag === 'train/loss' ? [step] : []));
      expect(steps).toEqual([1, 2, 3, 4, 5]);
      rmSync(path.join(run, 'config.yaml'));
      const resumed = await runCli(['resume', run, 'trainer.maxSteps=6', 'trainer.startPaused=false']);
      expect([resumed.code, resumed.stderr]).toEqual([
        0,
        'config.yaml was missing and is restored from the checkpoint of step 5\n',
      ]);
    });
  },
  180_000,
);
