import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseScene } from '../../../src/data/dataparsers/parseScene.ts';
import { colmapBinary, rowOfPhotos, writeFiles } from '../../support/colmapFiles.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { createDataLog, dataConfig, writeCapture } from '../dataSet.ts';

const ply = `ply
format ascii 1.0
element vertex 2
property double x
property double y
property double z
property uchar red
property uchar green
property uchar blue
end_header
1 2 3 10 20 30
nan 0 0 1 2 3
`;

async function parse(folder: string) {
  const log = createDataLog();
  const config = dataConfig({
    path: folder,
    orientation: 'none',
    center: 'none',
    autoScale: false,
    scale: 2,
  });
  return { scene: await parseScene(config, log), warnings: log.warnings };
}

/** The poses of `rowOfPhotos` after the transform [3, 4]: cameras at x = index, OpenGL axes right, up, back = +x, -y, -z of COLMAP's world. */
function posesOf(m: readonly (readonly number[])[], index: number): number[][] {
  return m.map(([a, b, c, d]) => [a!, -b!, -c!, a! * index + d!]);
}

const applied = [
  [1, 0, 0, 0],
  [0, 0, 1, 0],
  [0, -1, 0, 0.5],
];
const older = [
  [0, 1, 0, 0],
  [1, 0, 0, 0],
  [0, 0, -1, 0],
];

describe('points of a transforms file', () => {
  it('are those of ply_file_path, in the coordinates of the poses; what is not finite is left out', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'points.ply'), ply);
    await writeCapture(folder, 10, (transforms) => {
      transforms.ply_file_path = './points.ply';
      transforms.applied_transform = applied;
    });
    const { scene, warnings } = await parse(folder);
    expect([...scene.points!.positions]).toEqual([2, 4, 6]);
    expect([...scene.points!.colors]).toEqual([10, 20, 30]);
    expect(warnings).toEqual([`${folder}/transforms.json: 1 points are not finite; they are left out.`]);
  });

  it.each([
    ['applied_transform', applied, applied],
    ["nerfstudio's older transform, which no file names", older, undefined],
  ])('come from the COLMAP model through %s', async (_, transform, named) => {
    const folder = temporaryFolder();
    writeFiles(join(folder, 'colmap/sparse/0'), colmapBinary(rowOfPhotos(10)));
    await writeCapture(folder, 10, (transforms) => {
      transforms.frames.forEach((frame: { transform_matrix: unknown }, index: number) => {
        frame.transform_matrix = posesOf(transform, index);
      });
      transforms.applied_transform = named;
    });
    const { scene, warnings } = await parse(folder);
    const expected = rowOfPhotos(10).points.flatMap(({ position: [x, y, z] }) =>
      transform.map(([a, b, c, d]) => 2 * (a! * x + b! * y + c! * z + d!)),
    );
    expect(scene.points?.positions).toBeAllClose(expected, { rtol: 1e-6 });
    expect(warnings).toEqual([]);
  });

  it('are none where the poses are not those of the COLMAP model', async () => {
    const folder = temporaryFolder();
    writeFiles(join(folder, 'colmap/sparse/0'), colmapBinary(rowOfPhotos(10)));
    await writeCapture(folder, 10);
    expect(await parse(folder)).toMatchObject({ warnings: [] });
    expect((await parse(folder)).scene.points).toBeUndefined();
    await writeCapture(folder, 10, (transforms) => {
      transforms.applied_transform = applied;
    });
    expect((await parse(folder)).warnings[0]).toContain('its poses are not those of the COLMAP model');
  });

  it('do not come from a COLMAP model that is damaged, which is said', async () => {
    const folder = temporaryFolder();
    const files = colmapBinary(rowOfPhotos(10));
    writeFiles(join(folder, 'colmap/sparse/0'), {
      ...files,
      'images.bin': files['images.bin']!.subarray(0, 99),
    });
    await writeCapture(folder, 10);
    const { scene, warnings } = await parse(folder);
    expect(scene.points).toBeUndefined();
    expect(warnings[0]).toMatch(/images\.bin: .* Its points are not used\.$/);
  });

  it('must be there if they are named', async () => {
    const folder = temporaryFolder();
    await writeCapture(folder, 2, (transforms) => {
      transforms.ply_file_path = 'sparse_pc.ply';
    });
    await expect(parse(folder)).rejects.toThrow(
      `${folder}/transforms.json: the points ${folder}/sparse_pc.ply do not exist.`,
    );
  });
});
