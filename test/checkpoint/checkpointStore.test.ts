import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Checkpoint } from '../../src/checkpoint/checkpoint.ts';
import { inspectCheckpoint, listCheckpoints, loadCheckpoint } from '../../src/checkpoint/checkpointFiles.ts';
import { readPins, withPins, writePins } from '../../src/checkpoint/checkpointPins.ts';
import {
  type CheckpointStore,
  type CheckpointStoreOptions,
  createCheckpointStore,
} from '../../src/checkpoint/checkpointStore.ts';
import { CheckpointError } from '../../src/errors.ts';

let folder: string;
const stores: CheckpointStore[] = [];

beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'nerfstream-store-')), 'checkpoints');
});
afterEach(async () => {
  for (const store of stores.splice(0)) await store.dispose();
  rmSync(join(folder, '..'), { recursive: true, force: true });
});

function storeWith(options: Partial<CheckpointStoreOptions> = {}): CheckpointStore {
  const store = createCheckpointStore({ folder, keep: 2, log: { warn: () => undefined }, ...options });
  stores.push(store);
  return store;
}

function checkpointOf(step: number, data = Float32Array.of(step, -0, Number.NaN)): Checkpoint {
  const tensors = { 'parameters/a/w': { shape: [data.length], data } };
  return {
    step,
    engine: 'simd',
    config: { trainer: { seed: 1 } },
    facts: { trainSeconds: step / 10 },
    tensors,
  };
}

const names = () => readdirSync(folder).sort();

describe('createCheckpointStore', () => {
  it('saves under the contracted name and loads the same bits', async () => {
    const store = storeWith();
    const { file } = await store.save(checkpointOf(1000));
    expect(file).toBe(join(folder, 'step-000001000.ckpt'));
    expect(names()).toEqual(['step-000001000.ckpt']);
    const latest = await store.loadLatest();
    expect(latest).toEqual({ checkpoint: checkpointOf(1000), file, skipped: [] });
    expect(Object.is(latest!.checkpoint.tensors['parameters/a/w']!.data[1], -0)).toBe(true);
  });

  it('creates nothing before the first save', async () => {
    const store = storeWith();
    expect(await store.loadLatest()).toBeUndefined();
    expect(() => readdirSync(folder)).toThrow(/ENOENT/);
  });

  it('copies before it returns, also while an earlier save is being written', async () => {
    const store = storeWith({ keep: 5 });
    const data = new Float32Array(1_000_000);
    const saves = [1, 2, 3].map((step) => {
      data.fill(step);
      return store.save(checkpointOf(step, data));
    });
    data.fill(99);
    const files = await Promise.all(saves);
    for (const [index, { file }] of files.entries()) {
      const saved = (await loadCheckpoint(file)).tensors['parameters/a/w']!.data;
      expect(saved.length === data.length && saved.every((value) => value === index + 1)).toBe(true);
    }
  });

  it('keeps the latest and the best, and remembers the best across a resume', async () => {
    const keepBest = { metric: 'eval/psnr', mode: 'max' } as const;
    const first = storeWith({ keepBest });
    for (const [step, psnr] of [
      [1, 20],
      [2, 30],
      [3, 25],
      [4, 26],
    ] as const)
      await first.save(checkpointOf(step), { 'eval/psnr': psnr });
    expect((await first.list()).map(({ step }) => step)).toEqual([4, 3, 2]);
    const second = storeWith({ keepBest });
    await second.save(checkpointOf(5), { 'eval/psnr': Number.NaN });
    await second.save(checkpointOf(6));
    expect((await second.list()).map(({ step }) => step)).toEqual([6, 5, 2]);
    await second.save(checkpointOf(7), { 'eval/psnr': 31 });
    await second.save(checkpointOf(8), { 'eval/psnr': 1 });
    await second.save(checkpointOf(9), { 'eval/psnr': 1 });
    expect((await second.list()).map(({ step }) => step)).toEqual([9, 8, 7]);
  });

  it('keeps what is pinned, also when it was pinned while the store was open', async () => {
    const store = storeWith({ keep: 1, keepEverySteps: 4 });
    for (const step of [1, 2, 3, 4]) {
      await store.save(checkpointOf(step));
      if (step === 2) await writePins(folder, new Map([['before-the-change', 2]]));
    }
    await store.save(checkpointOf(5));
    expect((await store.list()).map(({ step }) => step)).toEqual([5, 4, 2]);
  });

  it('[RF9] waits with deleting until somebody who is pinning has done so', async () => {
    const store = storeWith({ keep: 1 });
    await store.save(checkpointOf(1));
    await withPins(folder, async (pins) => {
      await store.save(checkpointOf(2));
      await setTimeout(200);
      expect((await listCheckpoints(folder)).map(({ step }) => step)).toEqual([2, 1]);
      await writePins(folder, new Map([...pins, ['first', 1]]));
    });
    expect((await store.list()).map(({ step }) => step)).toEqual([2, 1]);
    expect(names()).toEqual(['pins.json', 'step-000000001.ckpt', 'step-000000002.ckpt']);
  });

  it('[RF9] changes of pins at the same time all take effect', async () => {
    await storeWith().save(checkpointOf(1));
    const pins = Array.from({ length: 10 }, (_, index) => `pin-${index}`);
    await Promise.all(
      pins.map((name) => withPins(folder, (before) => writePins(folder, new Map([...before, [name, 1]])))),
    );
    expect([...(await readPins(folder)).keys()].sort()).toEqual(pins);
  });

  it('deletes nothing while it cannot tell what is pinned', async () => {
    const warnings: string[] = [];
    const store = storeWith({ keep: 1, log: { warn: (_fields, text) => warnings.push(text) } });
    await store.save(checkpointOf(1));
    await store.list();
    writeFileSync(join(folder, 'pins.json'), '{"a": ');
    await store.save(checkpointOf(2));
    expect((await store.list()).map(({ step }) => step)).toEqual([2, 1]);
    expect(warnings).toEqual([
      expect.stringMatching(/^Old checkpoints cannot be deleted: .*pins.json is damaged/),
    ]);
    rmSync(join(folder, 'pins.json'));
    await store.save(checkpointOf(3));
    expect((await store.list()).map(({ step }) => step)).toEqual([3]);
  });

  it('does not count as kept what it found damaged', async () => {
    const first = storeWith();
    await first.save(checkpointOf(100));
    await first.save(checkpointOf(200));
    truncateSync(join(folder, 'step-000000200.ckpt'), 150);
    const second = storeWith();
    const { checkpoint, skipped } = (await second.loadLatest())!;
    expect(checkpoint.step).toBe(100);
    expect(skipped).toEqual([
      { file: join(folder, 'step-000000200.ckpt'), reason: expect.stringContaining('150 bytes') },
    ]);
    await second.save(checkpointOf(150));
    expect((await second.list()).map(({ step }) => step)).toEqual([200, 150, 100]);
    await second.save(checkpointOf(200));
    expect((await second.list()).map(({ step }) => step)).toEqual([200, 150]);
  });

  it('says why when no checkpoint can be used', async () => {
    const store = storeWith();
    await store.save(checkpointOf(1));
    const file = join(folder, 'step-000000001.ckpt');
    const bytes = readFileSync(file);
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(file, bytes);
    await expect(store.loadLatest()).rejects.toThrow(/No checkpoint in .* can be used.*parameters\/a\/w/);
  });

  it('clears unfinished files of a killed run, and never takes them for checkpoints', async () => {
    const store = storeWith();
    await store.save(checkpointOf(1));
    writeFileSync(join(folder, 'step-000000002.ckpt.tmp'), 'half');
    expect((await store.loadLatest())!.checkpoint.step).toBe(1);
    await storeWith().save(checkpointOf(3));
    expect(names()).toEqual(['step-000000001.ckpt', 'step-000000003.ckpt']);
  });

  it.skipIf(process.getuid?.() === 0)('reports a folder that cannot be written', async () => {
    const store = storeWith();
    await store.save(checkpointOf(1));
    chmodSync(folder, 0o500);
    const failed = store.save(checkpointOf(2));
    await expect(failed).rejects.toBeInstanceOf(CheckpointError);
    await expect(failed).rejects.toThrow(/permission is denied/);
    chmodSync(folder, 0o700);
    await store.save(checkpointOf(3));
    expect(names()).toEqual(['step-000000001.ckpt', 'step-000000003.ckpt']);
  });

  it.skipIf(!existsSync('/dev/full'))(
    'says that the disk is full, harms nothing, and saves again later',
    async () => {
      const store = storeWith();
      await store.save(checkpointOf(1));
      const temporary = join(folder, 'step-000000002.ckpt.tmp');
      symlinkSync('/dev/full', temporary);
      const failed = store.save(checkpointOf(2));
      await expect(failed).rejects.toThrow(
        /step 2 cannot be written to .*: the disk is full; free some space/,
      );
      expect(names()).toEqual(['step-000000001.ckpt']);
      expect((await store.loadLatest())!.checkpoint.step).toBe(1);
      await store.save(checkpointOf(3));
      expect(names()).toEqual(['step-000000001.ckpt', 'step-000000003.ckpt']);
    },
  );

  it('saves again after its folder was removed', async () => {
    const store = storeWith();
    await store.save(checkpointOf(1));
    rmSync(folder, { recursive: true });
    await store.save(checkpointOf(2));
    expect(names()).toEqual(['step-000000002.ckpt']);
  });

  it('reports a folder that is a file, and goes on once it is gone', async () => {
    const store = storeWith();
    writeFileSync(folder, '');
    await expect(store.save(checkpointOf(1))).rejects.toThrow(CheckpointError);
    rmSync(folder);
    await store.save(checkpointOf(2));
    expect(names()).toEqual(['step-000000002.ckpt']);
  });

  it('refuses tensors it cannot save without harming the next save', async () => {
    const store = storeWith();
    const wrong = { ...checkpointOf(1), tensors: { a: { shape: [3], data: new Float32Array(2) } } };
    await expect(store.save(wrong)).rejects.toThrow(/"a" cannot be saved/);
    await store.save(checkpointOf(2));
    expect(names()).toEqual(['step-000000002.ckpt']);
  });
});

describe('inspectCheckpoint', () => {
  it('describes a checkpoint, equal bits by equal checksums', async () => {
    const store = storeWith();
    await store.save(checkpointOf(7, Float32Array.of(1, 2)));
    await store.save({ ...checkpointOf(8, Float32Array.of(1, 2)), facts: {} });
    const [newer, older] = await Promise.all(
      (await listCheckpoints(folder)).map(({ file }) => inspectCheckpoint(file)),
    );
    expect(older).toMatchObject({ step: 7, engine: 'simd', config: { trainer: { seed: 1 } } });
    expect(older!.tensors).toEqual([
      {
        name: 'parameters/a/w',
        shape: [2],
        dtype: 'float32',
        checksum: expect.stringMatching(/^[0-9a-f]{16}$/),
      },
    ]);
    expect(newer!.tensors).toEqual(older!.tensors);
    expect(newer!.configHash).toBe(older!.configHash);
  });

  it.each(['missing.ckpt', '.'])('refuses %s in one line', async (name) => {
    const store = storeWith();
    await store.save(checkpointOf(1));
    await expect(inspectCheckpoint(join(folder, name))).rejects.toThrow(
      /does not exist|not a file|is a folder/,
    );
  });
});
