/**
 * Kills the command line with SIGKILL while it writes a checkpoint, at a random part of the save, and resumes after each
 * kill. Prints what each kill left behind and where the run went on; ends with an error if one did not go on from its
 * newest complete checkpoint.
 *
 *     node --import tsx bench/killWhileSaving.ts [kills] [log2TableSize]
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { randomKey, uniformAt } from '../src/rng.ts';

const main = fileURLToPath(new URL('../dist/src/cli/main.js', import.meta.url));
const out = mkdtempSync(path.join(tmpdir(), 'nerfstream-kill-'));
const run = path.join(out, 'run');
const checkpoints = path.join(run, 'checkpoints');
const savesOften = ['trainer.maxSteps=1000000', 'checkpoint.everySteps=1'];

/** Starts the command line; `output` is everything that it prints, once it has ended. */
function start(args: readonly string[]): { readonly child: ChildProcess; readonly output: Promise<string> } {
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      text += String(chunk);
    });
  return { child, output: new Promise((resolve) => child.once('close', () => resolve(text))) };
}

/** The checkpoint folder's files that end so, sorted. */
function files(suffix: string): string[] {
  try {
    return readdirSync(checkpoints)
      .filter((name) => name.endsWith(suffix))
      .sort();
  } catch {
    return [];
  }
}

/** Step of the newest file that bears a checkpoint's name; 0 without one. */
function newestStep(): number {
  return Number(/\d+/.exec(files('.ckpt').at(-1) ?? '')?.[0] ?? 0);
}

/** Lets a session save twice, to know how long that takes, and kills it after `share` of the third save. */
async function killWhileSaving(args: readonly string[], share: number): Promise<string> {
  const { child, output } = start(args);
  const until = async (condition: () => boolean) => {
    while (!condition()) {
      if (child.exitCode !== null) throw new Error(`the run ended by itself: ${await output}`);
      await delay(1);
    }
  };
  const first = newestStep();
  await until(() => newestStep() > first);
  const second = newestStep();
  await until(() => files('.tmp').length > 0);
  const began = performance.now();
  await until(() => newestStep() > second);
  const saveMs = performance.now() - began;
  await until(() => files('.tmp').length > 0);
  await delay(share * saveMs);
  child.kill('SIGKILL');
  return output;
}

/** Size of the file that a kill left unfinished, in words. */
function unfinished(): string {
  const [name] = files('.tmp');
  return name === undefined ? 'none' : `${(statSync(path.join(checkpoints, name)).size / 1e6).toFixed(0)} MB`;
}

function printRow(cells: readonly (string | number)[]): void {
  console.log(cells.map((cell) => String(cell).padStart(15)).join(' '));
}

async function bench(kills: number, log2TableSize: number): Promise<void> {
  const model = [`model.hashGrid.log2TableSize=${log2TableSize}`, 'model.targetSamples=1024', 'threads=1'];
  let args = ['demo', 'instant-ngp', '--out', out, '--name', 'run', ...savesOften, ...model];
  const key = randomKey(4, 0, 0);
  let interrupted = 0;
  printRow(['kill', '% of the save', 'unfinished file', 'newest complete', 'resumed at']);
  for (let kill = 0; kill < kills; kill++) {
    const newest = newestStep();
    const share = uniformAt(key, kill);
    const output = await killWhileSaving(args, share);
    const resumed = Number(/resuming at step (\d+)/.exec(output)?.[1] ?? 0);
    const left = unfinished();
    if (left !== 'none') interrupted++;
    printRow([kill + 1, (100 * share).toFixed(0), left, newestStep(), kill === 0 ? '(new run)' : resumed]);
    if (resumed !== newest) throw new Error(`the run did not go on from step ${newest}: ${output}`);
    args = ['resume', run, ...savesOften];
  }
  const newest = newestStep();
  const { child, output } = start([...args, 'trainer.startPaused=true']);
  child.stdout?.on('data', (text) => String(text).includes('resuming at') && child.kill('SIGINT'));
  const last = await output;
  if (!last.includes(`resuming at step ${newest}\n`)) throw new Error(`the last one did not go on: ${last}`);
  console.log(
    `${kills} kills, ${interrupted} in the middle of a file; each resume went on from the newest complete one`,
  );
}

try {
  const [kills = 20, log2TableSize = 19] = process.argv.slice(2).map(Number);
  await bench(kills, log2TableSize);
} finally {
  rmSync(out, { recursive: true, force: true });
}
