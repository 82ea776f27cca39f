/** [SU5] Many visitors and one who means harm, at the studio of a real training. `NERFSTREAM_VISITORS_SECONDS=300` makes it as long as a visit is. */
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { attack, gather, openDoor, refusedKinds } from '../support/studioCrowd.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { printedAddress, runCli, startCli } from './runCli.ts';
import { tinySettings, writeTinyScene } from './tinyScene.ts';

const seconds = Number(process.env['NERFSTREAM_VISITORS_SECONDS'] ?? 20);
const visitors = 50;
const messages = 100_000;
const secret = 'nobody is to read this';
const mebibyte = 2 ** 20;

/** Memory that a process has, in bytes; undefined where the system does not say it this way. */
function memoryOf(pid: number): number | undefined {
  const file = `/proc/${pid}/status`;
  if (!existsSync(file)) return undefined;
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(file, 'utf8'))?.[1]) * 1024;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

it('[SU5] 50 visitors and a hostile one change no bit of a training, cost no memory that grows, and read nothing beside the runs', {
  timeout: 300_000 + 5_000 * seconds,
}, async () => {
  const folder = temporaryFolder();
  await writeTinyScene(path.join(folder, 'scene'));
  writeFileSync(path.join(folder, 'secret.txt'), secret);
  // A run folder that somebody else has made: a picture of it is a link that leads out.
  mkdirSync(path.join(folder, 'runs', 'linked', 'eval'), { recursive: true });
  writeFileSync(path.join(folder, 'runs', 'linked', 'config.yaml'), 'method: x\n');
  symlinkSync(path.join(folder, 'secret.txt'), path.join(folder, 'runs', 'linked', 'eval', '00000.png'));
  const train = (name: string, ...more: string[]) =>
    startCli(['train', 'instant-ngp', '--data', 'scene', '--name', name, ...tinySettings, ...more], {
      cwd: folder,
    });

  const training = train('seen', '--studio', '--studio-host', '0.0.0.0', 'trainer.maxSteps=100000000');
  const door = await openDoor(await printedAddress(training));
  const crowd = await gather(door, visitors);
  const began = Date.now();
  // What the first ones cost once is not what grows.
  await attack(door, messages / 5, secret);
  const memory = [memoryOf(training.process.pid!)];
  const { leaks, intrusions, ends, answers } = await attack(door, messages, secret);
  memory.push(memoryOf(training.process.pid!));
  while (Date.now() - began < seconds * 1000) {
    await sleep(5000);
    memory.push(memoryOf(training.process.pid!));
  }
  const { pictures, lost } = crowd;
  const { stdout: stopped } = await runCli(['ctl', 'runs/seen', 'stop'], { cwd: folder });
  crowd.leave();
  const { code, stdout } = await training.result;
  const figures = {
    step: stopped.trim(),
    seconds: (Date.now() - began) / 1000,
    pictures: sum(pictures),
    memory,
  };
  if (process.env['NERFSTREAM_VISITORS_SECONDS'] !== undefined) console.info(figures, ends, answers);
  expect([code, leaks, intrusions, lost]).toEqual([0, [], [], []]);
  expect(Math.min(...pictures)).toBeGreaterThan(2);
  // Ended for what they sent (1008, 1009; 1006 is how a client sees that who went on sending), and never because the server failed (1011).
  for (const end of Object.keys(ends)) expect(end).toMatch(/ (1008|1009|1006|left)$/);
  for (const kind of refusedKinds) expect(ends).not.toHaveProperty(`${kind} left`);
  expect(Object.keys(answers)).toEqual(['400', '404']);
  const [before, ...after] = memory.map((bytes) => (bytes ?? 0) / mebibyte);
  expect(Math.max(...after) - before!).toBeLessThan(128);

  const [, step] = /stopped at step (\d+)/.exec(stdout)!;
  expect((await train('unseen', `trainer.maxSteps=${step}`).result).code).toBe(0);
  const [seen, unseen] = await Promise.all(
    ['seen', 'unseen'].map(async (name) => {
      const out = path.join(folder, `${name}.safetensors`);
      await runCli(['export', `runs/${name}`, 'weights', '--out', out], { cwd: folder });
      return readFileSync(out);
    }),
  );
  expect(seen!.equals(unseen!)).toBe(true);
});
