import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { placePhotos } from '../../src/process/colmapStages.ts';
import type { Command } from '../../src/process/colmapTask.ts';
import { processPaths } from '../../src/process/processFolder.ts';
import { colmapBinary } from '../support/colmapFiles.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

const script = (text: string): Command => ({ file: process.execPath, args: ['-e', text] });

it('[PR9] keeps what was placed where COLMAP cannot adjust it, and says so', async () => {
  const folder = temporaryFolder();
  const paths = processPaths(path.join(folder, 'out'));
  mkdirSync(paths.work, { recursive: true });
  const placed = path.join(folder, 'placed');
  mkdirSync(placed);
  const files = colmapBinary({
    cameras: [{ id: 1, model: 'SIMPLE_RADIAL', number: 2, size: [8, 8], parameters: [8, 4, 4, 0] }],
    images: ['a', 'b', 'c'].map((name, id) => ({
      ...{ id, name, camera: 1 },
      rotation: [1, 0, 0, 0],
      translation: [0, 0, 0],
    })),
    points: [],
  });
  for (const [name, bytes] of Object.entries(files)) writeFileSync(path.join(placed, name), bytes);
  const said: string[] = [];
  await placePhotos({
    settings: {
      ...{ source: folder, kind: 'photos', cameraModel: 'auto', cameraPerPhoto: false },
      ...{ matching: 'auto', frames: 150 },
    },
    paths,
    colmap: {
      ...{ kind: 'colmap', version: '3.8', file: 'colmap' },
      commandsFor: async (task) => {
        if (task.kind !== 'map') return [script('console.error("ERROR: no convergence"); process.exit(3)')];
        const target = JSON.stringify(path.join(task.output, '0'));
        return [script(`require('fs').cpSync(${JSON.stringify(placed)}, ${target}, { recursive: true })`)];
      },
    },
    listener: { warn: (message) => said.push(message), stage() {}, progress() {} },
    signal: new AbortController().signal,
    posed: [],
    photos: ['a', 'b', 'c'].map((name) => ({ name, width: 8, height: 8 })),
  });
  expect(said).toEqual([
    expect.stringMatching(/^lens: SIMPLE_RADIAL, not adjusted once more: .*code 3: ERROR: no convergence/),
  ]);
  const kept = path.join(paths.sparse, '0', 'images.bin');
  expect(readFileSync(kept)).toEqual(files['images.bin']);
});
