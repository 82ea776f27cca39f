/** What every kind of store must do, whatever it lies in. */
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { StoreError } from '../../../src/errors.ts';
import { openFileContent, textContent } from '../../../src/fleet/store/fileContent.ts';
import type { ObjectStore } from '../../../src/fleet/store/objectStore.ts';
import { fetchData, sendData } from '../../../src/fleet/store/storedData.ts';
import { storedRun } from '../../../src/fleet/store/storedRun.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { addCheckpoint, filesOf, writeRun } from './storedExamples.ts';

const end = { outcome: 'finished', ending: 'completed', step: 20, trainSeconds: 1, metrics: {} } as const;

/** @param open the same store each time, by another client */
export function storeContract(kind: string, open: () => Promise<ObjectStore>): void {
  const log = () => {
    const warnings: string[] = [];
    return { warnings, warn: (_: object, message: string) => void warnings.push(message) };
  };

  describe(`objects in ${kind}`, () => {
    it('come out as they went in, large ones in pieces', async () => {
      const store = await open();
      const folder = temporaryFolder();
      const large = path.join(folder, 'large');
      // More than one piece of a multipart upload, and no whole number of them.
      const bytes = Buffer.alloc(40 * 2 ** 20 + 17, 'a run of letters ');
      writeFileSync(large, bytes);
      const content = await openFileContent(large);
      expect(content.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
      await store.put('a/large', content);
      await content.close();
      const copy = path.join(folder, 'copies/copy');
      await store.fetch('a/large', copy, content);
      expect(readFileSync(copy).equals(bytes)).toBe(true);
      expect(await store.has('a/large', bytes.length)).toBe(true);
      expect(await store.has('a/large', bytes.length - 1)).toBe(false);
      await store.remove('a/large');
      expect(await store.has('a/large', bytes.length)).toBe(false);
      await store.remove('a/large');
    }, 120_000);

    it('are replaced whole; what is not there is undefined', async () => {
      const store = await open();
      expect(await store.read('b/text', 10)).toBeUndefined();
      await store.put('b/text', textContent('one'));
      await store.put('b/text', textContent('zwei'));
      expect(Buffer.from((await store.read('b/text', 10))!).toString()).toBe('zwei');
      await expect(store.read('b/text', 3)).rejects.toThrow(/longer than 3 bytes/);
    });

    it('of other bytes than expected are refused, and leave nothing', async () => {
      const store = await open();
      const folder = temporaryFolder();
      const [right, wrong] = [textContent('right'), textContent('wrong')];
      await store.put('c', wrong);
      const file = path.join(folder, 'file');
      await expect(store.fetch('c', file, right)).rejects.toThrow(/damaged/);
      await expect(store.fetch('c', file, { ...wrong, bytes: 4 })).rejects.toThrow(StoreError);
      await expect(store.fetch('nothing', file, right)).rejects.toThrow(/the store .*: nothing: it .*not/);
      expect(readdirSync(folder)).toEqual([]);
    });

    it.each(['../up', 'a/../../up', '/root', 'a//b', 'a\\..\\b', '', 'a/.', 'a\nb'])(
      'have no name like %j',
      async (key) => {
        const store = await open();
        await expect(store.put(key, textContent(''))).rejects.toThrow(/no name of a file in a store/);
        await expect(store.read(key, 1)).rejects.toThrow(StoreError);
      },
    );
  });

  describe(`runs in ${kind}`, () => {
    it('[FL20] go from machine to machine: what one has sent, another goes on with', async () => {
      const store = await open();
      const names = { sweep: 'learning-rate', run: 'moves', log: log() };
      const [here, there] = [temporaryFolder(), temporaryFolder()];
      const first = storedRun(store, names);
      expect(await first.take(here)).toBeUndefined();
      await writeRun(here, 10);
      expect(await first.send(here)).toBe(true);
      // What is appended and saved later is sent with the next checkpoint.
      await addCheckpoint(here, 20);
      writeFileSync(path.join(here, 'metrics.jsonl'), 'more\n', { flag: 'a' });
      expect(await first.send(here)).toBe(true);

      const second = storedRun(await open(), names);
      expect((await second.take(there))?.turn).toBe(1);
      const { 'eval/00000.png': _, 'run.lock': __, ...sent } = filesOf(here);
      expect(filesOf(there)).toEqual(sent);
      expect((await second.manifest())?.turn).toBe(2);
    });

    it('[FL21] whoever has lost a run changes nothing of it any more', async () => {
      const store = await open();
      const names = { sweep: 'learning-rate', run: 'lost', log: log() };
      const [here, there] = [temporaryFolder(), temporaryFolder()];
      const lost = storedRun(store, names);
      await lost.take(here);
      await writeRun(here, 10);
      await lost.send(here);
      const later = storedRun(await open(), names);
      await later.take(there);
      await addCheckpoint(there, 20, 1);
      await later.send(there);
      const manifest = await later.manifest();
      rmSync(path.join(here, 'checkpoints'), { recursive: true });
      await addCheckpoint(here, 20, 2);
      expect(await lost.send(here, end)).toBe(false);
      expect(await later.manifest()).toEqual(manifest);
      const copy = temporaryFolder();
      await storedRun(store, names).fetch(copy);
      expect(filesOf(copy)).toEqual(filesOf(there));
    });

    it('lose nothing while they are read: what no longer belongs to a run is removed after the manifest says so', async () => {
      const store = await open();
      const names = { sweep: 'learning-rate', run: 'ends', log: log() };
      const here = temporaryFolder();
      const stored = storedRun(store, names);
      await stored.take(here);
      await writeRun(here, 10);
      await stored.send(here);
      const before = (await stored.manifest())!;
      rmSync(await addCheckpoint(here, 10));
      await addCheckpoint(here, 20);
      await stored.send(here, end);
      const after = (await stored.manifest())!;
      expect(after.end).toEqual(end);
      expect(after.files.map(({ name }) => name)).toEqual([
        'checkpoints/step-000000020.ckpt',
        'config.yaml',
        'eval/00000.png',
        'metrics.jsonl',
      ]);
      const key = (file: { sha256: string; name: string }) =>
        `runs/learning-rate/ends/files/${file.sha256.slice(0, 32)}-${file.name.replaceAll('/', '-')}`;
      const old = before.files.find(({ name }) => name.endsWith('.ckpt'))!;
      expect(await store.has(key(old), old.bytes)).toBe(false);
    });

    it('[FL22] only whole checkpoints go in, and a damaged one is left out on the way out', async () => {
      const store = await open();
      const warned = log();
      const names = { sweep: 'learning-rate', run: 'damaged', log: warned };
      const here = temporaryFolder();
      const stored = storedRun(store, names);
      await stored.take(here);
      await writeRun(here, 10);
      const newest = await addCheckpoint(here, 20);
      truncateSync(await addCheckpoint(here, 30), 40);
      writeFileSync(path.join(here, 'checkpoints/step-000000040.ckpt.tmp'), 'half');
      await stored.send(here);
      const { files } = (await stored.manifest())!;
      expect(files.map(({ name }) => name).filter((name) => name.startsWith('checkpoints'))).toEqual([
        'checkpoints/step-000000010.ckpt',
        'checkpoints/step-000000020.ckpt',
      ]);
      // Bytes turn over where the store keeps them.
      const { sha256 } = files.find(({ name }) => name.includes('20'))!;
      const key = `runs/learning-rate/damaged/files/${sha256.slice(0, 32)}-checkpoints-${path.basename(newest)}`;
      const turned = readFileSync(newest);
      turned[turned.length - 1]! ^= 1;
      const bad = path.join(temporaryFolder(), 'bad');
      writeFileSync(bad, turned);
      const content = await openFileContent(bad);
      await store.put(key, content);
      await content.close();
      const there = temporaryFolder();
      await storedRun(store, names).fetch(there);
      expect(readdirSync(path.join(there, 'checkpoints'))).toEqual(['step-000000010.ckpt']);
      expect(warned.warnings.join()).toMatch(/left out: .*step-000000020\.ckpt.*damaged/);
    });

    it('[FL23] a manifest that leads out of the folder is refused', async () => {
      const store = await open();
      const files = [{ name: '../../evil', bytes: 0, sha256: textContent('').sha256 }];
      const manifest = JSON.stringify({ version: 1, session: 's', turn: 1, files });
      await store.put('runs/learning-rate/evil/manifest.json', textContent(manifest));
      const names = { sweep: 'learning-rate', run: 'evil', log: log() };
      await expect(storedRun(store, names).fetch(temporaryFolder())).rejects.toThrow(/no manifest of a run/);
      expect(() => storedRun(store, { ...names, run: '..' })).toThrow(StoreError);
      expect(() => storedRun(store, { ...names, sweep: 'a/b' })).toThrow(StoreError);
    });
  });

  describe(`data sets in ${kind}`, () => {
    it('[FL24] are sent once, known by what is in them, and fetched once by those who want the same', async () => {
      const store = await open();
      const folder = temporaryFolder();
      mkdirSync(path.join(folder, 'images/left'), { recursive: true });
      writeFileSync(path.join(folder, 'transforms.json'), '{}');
      writeFileSync(path.join(folder, 'images/left/a photo (1).png'), 'picture');
      writeFileSync(path.join(folder, '.hidden'), 'not data');
      const id = await sendData(store, folder);
      expect(await sendData(store, folder)).toBe(id);
      const cache = temporaryFolder();
      const fetched = await Promise.all([1, 2, 3].map(async () => fetchData(await open(), id, cache)));
      expect(new Set(fetched).size).toBe(1);
      expect(filesOf(fetched[0]!)).toEqual({
        'images/left/a photo (1).png': 'picture',
        'transforms.json': '{}',
      });
      expect(existsSync(`${fetched[0]}.lock`)).toBe(false);
      writeFileSync(path.join(folder, 'transforms.json'), '{} ');
      expect(await sendData(store, folder)).not.toBe(id);
    });

    it('that are not there, or empty, are a line', async () => {
      const store = await open();
      await expect(fetchData(store, 'a'.repeat(64), temporaryFolder())).rejects.toThrow(
        /has no data set aaaaaaaaaaaa/,
      );
      await expect(sendData(store, temporaryFolder())).rejects.toThrow(/is empty/);
      await expect(sendData(store, '/nowhere/at/all')).rejects.toThrow(StoreError);
    });
  });
}
