/** Processes that save in a loop are killed with SIGKILL at arbitrary moments; the newest completed save must be found. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { createCheckpointStore } from '../../src/checkpoint/checkpointStore.ts';
import { randomKey, uniformAt } from '../../src/rng.ts';

const kills = Number(process.env['NERFSTREAM_KILLS'] ?? 20);
const megabytes = process.env['NERFSTREAM_KILL_MEGABYTES'] ?? '20';
/** Two saves or so: kills fall on every part of one. */
const longestMs = 100 + 4 * Number(megabytes);
const folder = mkdtempSync(join(tmpdir(), 'nerfstream-kill-'));
const script = fileURLToPath(new URL('./saveInLoop.mjs', import.meta.url));
const store = createCheckpointStore({ folder, keep: 2, log: { warn: () => undefined } });

afterAll(async () => {
  await store.dispose();
  rmSync(folder, { recursive: true, force: true });
});

const isWriting = () => readdirSync(folder).some((name) => name.endsWith('.tmp'));

/**
 * Lets a process save from `firstStep` on and kills it; returns the last step that it reported as saved.
 * @param afterMs from its first save on, or, `whileWriting`, from the moment on in which a file is seen that is being written
 */
async function saveAndKill(firstStep: number, afterMs: number, whileWriting: boolean): Promise<number> {
  const child = spawn(process.execPath, [script, folder, String(firstStep), megabytes]);
  let output = '';
  const started = new Promise<void>((resolve, reject) => {
    child.once('exit', () => reject(new Error(`the process ended by itself: ${output}`)));
    child.stdout.on('data', (text) => {
      output += text;
      resolve();
    });
    child.stderr.on('data', (text) => {
      output += text;
    });
  });
  await started;
  const ended = new Promise((resolve) => child.once('close', resolve));
  while (whileWriting && !isWriting()) await delay(1);
  await delay(afterMs);
  child.kill('SIGKILL');
  await ended;
  return Number(output.trim().split('\n').at(-1));
}

it(
  `finds the newest complete checkpoint after each of ${kills} kills`,
  async () => {
    const key = randomKey(20261122, 0, 0);
    let step = 0;
    let interrupted = 0;
    for (let kill = 0; kill < kills; kill++) {
      // Any moment of one or two saves, and, in turns, one soon after a file was begun: how long that lasts differs much from disk to disk.
      const whileWriting = kill % 2 === 1;
      const reported = await saveAndKill(
        step + 1,
        uniformAt(key, kill) * (whileWriting ? 5 : longestMs),
        whileWriting,
      );
      if (isWriting()) interrupted++;
      const latest = await store.loadLatest();
      step = latest!.checkpoint.step;
      expect([reported, reported + 1]).toContain(step);
      expect(latest!.skipped).toEqual([]);
      const { data } = latest!.checkpoint.tensors['parameters/a/second']!;
      expect(data.every((value) => value === step)).toBe(true);
    }
    console.log(
      `${kills} kills, ${interrupted} in the middle of a file, 0 unreadable, 0 completed saves lost`,
    );
    expect(interrupted).toBeGreaterThan(0);
  },
  kills * 10_000,
);
