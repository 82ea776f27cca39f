/**
 * How fast checkpoints are saved and loaded, and how long training stands still meanwhile; beside Python's safetensors
 * on the same disk, where Python has it (`pip install safetensors numpy`). Both sides flush to the disk.
 *
 *     npx tsx bench/checkpoint.ts [megabytes] [rounds]
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { loadCheckpoint } from '../src/checkpoint/checkpointFiles.ts';
import { createCheckpointStore } from '../src/checkpoint/checkpointStore.ts';

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
  const length = (megabytes * 1e6) / 16;
  const arrays = [0, 1, 2, 3].map(() => Float32Array.from({ length }, Math.random));
  const tensors = Object.fromEntries(
    arrays.map((data, index) => [`parameters/t${index}`, { shape: [length], data }]),
  );
  const times = { save: [] as number[], stall: [] as number[], load: [] as number[] };
  for (let step = 0; step <= rounds; step++) {
    const began = performance.now();
    const saving = store.save({ step, engine: 'bench', config: {}, facts: {}, tensors });
    const copied = performance.now();
    const { file } = await saving;
    const saved = performance.now();
    await loadCheckpoint(file);
    const loaded = performance.now();
    if (step === 0) continue;
    times.stall.push((copied - began) / 1000);
    times.save.push((saved - began) / 1000);
    times.load.push((loaded - saved) / 1000);
  }
  await store.dispose();
  const peer = runPeer(folder, megabytes * 1e6, rounds);
  rmSync(folder, { recursive: true });
  return {
    megabytes,
    saveSeconds: median(times.save),
    stallSeconds: median(times.stall),
    loadSeconds: median(times.load),
    ...(peer ? { peer } : {}),
  };
}

function runPeer(folder: string, bytes: number, rounds: number): CheckpointBench['peer'] {
  const script = fileURLToPath(new URL('./peers/safetensors_io.py', import.meta.url));
  const { status, stdout } = spawnSync('python3', [script, folder, String(bytes), String(rounds + 1)], {
    encoding: 'utf8',
  });
  if (status !== 0) return undefined;
  const { save, load } = JSON.parse(stdout) as { save: number[]; load: number[] };
  return { saveSeconds: median(save.slice(1)), loadSeconds: median(load.slice(1)) };
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
