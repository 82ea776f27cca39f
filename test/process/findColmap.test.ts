/** Which COLMAP is taken: real programs that say that they are one. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { findColmap } from '../../src/process/findColmap.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

function program(folder: string, name: string, answer: string): string {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, name);
  writeFileSync(file, `#!/bin/sh\ncat <<'END'\n${answer}\nEND\n`, { mode: 0o755 });
  return file;
}

const found = async (named: string) => {
  const { found, problems } = await findColmap({ NERFSTREAM_COLMAP: named });
  return found ? `${found.kind} ${found.version}` : problems.join();
};

describe('findColmap', () => {
  it('[PR8] takes the command from 3.8 on and the package from 4.0 on, and says why not others', async () => {
    const folder = temporaryFolder();
    const colmap = (version: string) =>
      program(join(folder, version), 'colmap', `COLMAP ${version} -- Structure-from-Motion`);
    expect(await found(colmap('3.8'))).toBe('colmap 3.8');
    expect(await found(colmap('3.12.1'))).toBe('colmap 3.12.1');
    expect(await found(colmap('3.7'))).toMatch(/colmap: is version 3\.7; 3\.8 or newer is needed/);
    expect(await found(program(folder, 'other', 'hello'))).toMatch(/other: does not say its version/);
    expect(await found(join(folder, 'missing'))).toMatch(/missing: there is no such command/);
    expect(await found(program(join(folder, 'new'), 'python3', '4.2.1'))).toBe('pycolmap 4.2.1');
    expect(await found(program(join(folder, 'old'), 'python3', '3.13.0'))).toMatch(
      /version 3\.13\.0; 4\.0 or newer/,
    );
    expect(await found(program(join(folder, 'none'), 'python3', ''))).toMatch(
      /has no package pycolmap that can be loaded/,
    );
  });

  it('gives the command the options that its version has', async () => {
    const file = program(
      join(temporaryFolder(), 'bin'),
      'colmap',
      'COLMAP 3.13.0 (with CUDA)\n  --FeatureExtraction.use_gpu arg (=1)\n  --ImageReader.camera_model arg\n  --ImageReader.single_camera arg (=0)\n  --ImageReader.existing_camera_id arg\n  --Mapper.snapshot_path arg\n  --Mapper.snapshot_frames_freq arg\n  --Mapper.random_seed arg (=-1)',
    );
    const { found } = await findColmap({ NERFSTREAM_COLMAP: file });
    const common = { database: '/d', images: '/i' };
    const groups = [{ list: '/l', cameraModel: 'OPENCV', camera: 2 }];
    const [features] = await found!.commandsFor({ kind: 'features', groups, ...common });
    expect(features!.args.join(' ')).toBe(
      'feature_extractor --database_path /d --image_path /i --image_list_path /l --FeatureExtraction.use_gpu 0 --ImageReader.camera_model OPENCV --ImageReader.single_camera 1 --ImageReader.existing_camera_id 2',
    );
    const [map] = await found!.commandsFor({
      kind: 'map',
      output: '/o',
      snapshots: '/s',
      snapshotEvery: 10,
      seed: 7,
      ...common,
    });
    expect(map!.args.join(' ')).toBe(
      'mapper --database_path /d --image_path /i --output_path /o --Mapper.snapshot_path /s --Mapper.snapshot_frames_freq 10 --Mapper.random_seed 7',
    );
  });
});
