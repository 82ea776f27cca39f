/**
 * How fast checkpoints are saved and loaded, and how long training stands still meanwhile; beside Python's safetensors
 * on the same disk, where Python has it (`pip install safetensors numpy`). Both sides flush to the disk, in turn, save by
 * save; medians are printed, because a disk is never alone.
 *
 *     npx tsx bench/checkpoint.ts [megabytes] [rounds]
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { loadCheckpoint } from '../src/checkpoint/checkpointFiles.ts';
import { createCheckpointStore } from '../src/checkpoint/checkpointStore.ts';
import type { NamedArrays } from '../src/tensors/namedArrays.ts';

export interface CheckpointBench {
  readonly megabytes: number;
  /** Median seconds until a save is safe on the disk. */
  readonly saveSeconds: number;
  /** Median seconds that the training thread stands still for a save. */
  readonly stallSeconds: number;
  /** Median seconds to load and verify. */
  readonly loadSeconds: number;
  /** The same of Python's safetensors, if it is there; it verifies nothing. */
  readonly peer?: { readonly saveSeconds: number; readonly loadSeconds: number };
}

/** @param rounds saves and loads; the first, which warms up, does not count */
export async function benchCheckpoint(megabytes: number, rounds: number): Promise<CheckpointBench> {
  const folder = mkdtempSync(path.join(tmpdir(), 'nerfstream-bench-'));
  const store = createCheckpointStore({ folder, keep: 2, log: console });
  const tensors = randomTensors(megabytes);
  const peer = await startPeer(folder, megabytes * 1e6);
  const own = { save: [] as number[], stall: [] as number[], load: [] as number[] };
  const other = { save: [] as number[], load: [] as number[] };
  for (let step = 0; step <= rounds; step++) {
    const began = performance.now();
    const saving = store.save({ step, engine: 'bench', config: {}, facts: {}, tensors });
    own.stall.push((performance.now() - began) / 1000);
    const { file } = await saving;
    own.save.push((performance.now() - began) / 1000);
    await store.list();
    if (peer) other.save.push(await peer.measure('save'));
    const loading = performance.now();
    await loadCheckpoint(file);
    own.load.push((performance.now() - loading) / 1000);
    if (peer) other.load.push(await peer.measure('load'));
  }
  peer?.end();
  await store.dispose();
  rmSync(folder, { recursive: true });
  return {
    megabytes,
    saveSeconds: median(own.save.slice(1)),
    stallSeconds: median(own.stall.slice(1)),
    loadSeconds: median(own.load.slice(1)),
    ...(peer && {
      peer: { saveSeconds: median(other.save.slice(1)), loadSeconds: median(other.load.slice(1)) },
    }),
  };
}

/** Four tensors in memory that threads share, as an engine's parameters are. */
function randomTensors(megabytes: number): NamedArrays {
  const length = (megabytes * 1e6) / 16;
  const named = [0, 1, 2, 3].map((index) => {
    const data = new Float32Array(new SharedArrayBuffer(length * 4));
    for (let at = 0; at < length; at++) data[at] = Math.random();
    return [`parameters/t${index}`, { shape: [length], data }] as const;
  });
  return Object.fromEntries(named);
}

interface Peer {
  measure(what: 'save' | 'load'): Promise<number>;
  end(): void;
}

/** Starts Python; nothing where it or safetensors is missing. */
async function startPeer(folder: string, bytes: number): Promise<Peer | undefined> {
  const script = fileURLToPath(new URL('./peers/safetensors_io.py', import.meta.url));
  const child = spawn('python3', [script, folder, String(bytes)], { stdio: ['pipe', 'pipe', 'ignore'] });
  child.on('error', () => undefined);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  if ((await lines.next()).value !== 'ready') return undefined;
  return {
    async measure(what) {
      child.stdin.write(`${what}\n`);
      return Number((await lines.next()).value);
    },
    end: () => child.stdin.end(),
  };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { megabytes, saveSeconds, stallSeconds, loadSeconds, peer } = await benchCheckpoint(
    Number(process.argv[2] ?? 150),
    Number(process.argv[3] ?? 7),
  );
  const rate = (seconds: number): string =>
    `${(seconds * 1000).toFixed(0)} ms, ${(megabytes / seconds).toFixed(0)} MB/s`;
  console.log(
    `checkpoint of ${megabytes} MB: save ${rate(saveSeconds)}; load and verify ${rate(loadSeconds)}`,
  );
  console.log(
    `training stands still for ${(stallSeconds * 1000).toFixed(0)} ms, ${((100 * stallSeconds) / saveSeconds).toFixed(0)}% of a save`,
  );
  if (peer) {
    console.log(`safetensors: save ${rate(peer.saveSeconds)}; load ${rate(peer.loadSeconds)}`);
    console.log(
      `speed against safetensors: save ${(peer.saveSeconds / saveSeconds).toFixed(2)} x, load ${(peer.loadSeconds / loadSeconds).toFixed(2)} x`,
    );
  } else console.log('safetensors is not there (pip install safetensors numpy)');
}
