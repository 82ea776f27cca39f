/** Splats of a file to begin with: they lie where the data set has them; what cannot be used is refused in one line. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { DataError } from '../../../src/errors.ts';
import { encodeSplatPly } from '../../../src/models/splat/files/splatPly.ts';
import { readStartSplats } from '../../../src/models/splat/readStartSplats.ts';
import { renderSplats } from '../../../src/models/splat/reference/renderSplats.ts';
import { placementIn } from '../../../src/models/splat/splatPlacement.ts';
import { cameraInSpace, splatSpaceOf } from '../../../src/models/splat/splatSpace.ts';
import { splatView } from '../../../src/models/splat/splatView.ts';
import { transformSplats } from '../../../src/models/splat/transformSplats.ts';
import { cameraAt, randomSplats, type SplatNumbers } from '../../support/splatScenes.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

/** A quarter turn about z (x to y), then up by 2; then everything half as large. */
const worldToModel = { transform: [0, -1, 0, 0, 1, 0, 0, 0, 0, 0, 1, 2], scale: 0.5 };

/** The same, for a camera. */
const inModel = ([a, b, c, x, d, e, f, y, g, h, i, z]: readonly number[]) => [
  ...[-d!, -e!, -f!, -y! * 0.5],
  ...[a!, b!, c!, x! * 0.5],
  ...[g!, h!, i!, (z! + 2) * 0.5],
];

const worldCamera = cameraAt();
const camera = { ...worldCamera, cameraToWorld: inModel(worldCamera.cameraToWorld) };
const other = { ...camera, cameraToWorld: [1, 0, 0, 4, 0, 1, 0, -1, 0, 0, 1, 0] };
const scene = { train: [camera, other].map((camera) => ({ name: '', image: '', camera })), worldToModel };

const plyOf = (splats: SplatNumbers) => {
  const file = path.join(temporaryFolder(), 'a.ply');
  writeFileSync(file, encodeSplatPly(splats));
  return file;
};
const settings = { maxSplats: 100, harmonicsDegree: 2 as const };
const silent = { info() {}, warn() {}, error() {}, debug() {} };

describe('readStartSplats', () => {
  it('puts splats of the data set’s coordinates where a camera of the scene sees the same', async () => {
    const splats = randomSplats(20, 24, 1);
    const read = await readStartSplats(plyOf(splats), scene, settings, silent);
    const render = { degree: 2, harmonicsWidth: 24, background: [0, 0, 0], near: 0, cutoff: 0, blur: 0.3 };
    const space = splatSpaceOf([camera, other]);
    const seen = renderSplats(read, splatView(cameraInSpace(camera, space)), render);
    expect(seen).toBeAllClose(renderSplats(splats, splatView(worldCamera), render), {
      rtol: 1e-4,
      atol: 1e-5,
    });
  });

  it('is undone by the export', async () => {
    const splats = randomSplats(20, 24, 2);
    const read = await readStartSplats(plyOf(splats), scene, settings, silent);
    const back = transformSplats(read, placementIn('world', scene));
    for (const group of ['means', 'scales', 'opacities', 'colors', 'harmonics'] as const)
      expect(back[group]).toBeAllClose(splats[group], { rtol: 1e-5, atol: 1e-5 });
  });

  it('leaves out harmonics of higher degrees, which it warns of, and has zeros for missing ones', async () => {
    const said: string[] = [];
    const log = { ...silent, warn: (_: unknown, text?: string) => said.push(text ?? '') };
    const splats = randomSplats(5, 24, 3);
    const file = plyOf(splats);
    const whole = await readStartSplats(file, scene, settings, log);
    const less = await readStartSplats(file, scene, { ...settings, harmonicsDegree: 1 }, log);
    const more = await readStartSplats(file, scene, { ...settings, harmonicsDegree: 3 }, log);
    expect(said).toEqual([
      `${file}: harmonics above degree 1 are left out (model.harmonicsDegree=2 takes all of them)`,
    ]);
    for (let row = 0; row < 5; row++) {
      const has = whole.harmonics.subarray(row * 24, row * 24 + 24);
      expect(less.harmonics.subarray(row * 9, row * 9 + 9)).toEqual(has.subarray(0, 9));
      expect(more.harmonics.subarray(row * 45, row * 45 + 24)).toEqual(has);
      expect([...more.harmonics.subarray(row * 45 + 24, row * 45 + 45)]).toEqual(new Array(21).fill(0));
    }
  });

  it('refuses what it cannot begin with in one line', async () => {
    const failure = async (file: string) => {
      const error = await readStartSplats(file, scene, settings, silent).catch((thrown) => thrown);
      expect(error).toBeInstanceOf(DataError);
      return (error as Error).message;
    };
    expect(await failure(plyOf(randomSplats(101, 0, 1)))).toMatch(
      /a\.ply: has 101 splats, the model has room for 100\. Give it more \(model\.maxSplats=101\)/,
    );
    expect(await failure(plyOf(randomSplats(0, 0, 1)))).toMatch(/a\.ply: has no splats/);
    expect(await failure('/nowhere/a.ply')).toBe('/nowhere/a.ply cannot be read: it does not exist.');
    expect(await failure(temporaryFolder())).toMatch(/cannot be read: it is a folder, not a file\.$/);
  });
});
