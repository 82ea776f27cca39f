import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseScene } from '../../../../src/data/dataparsers/parseScene.ts';
import {
  expectViews,
  numberOf,
  onPlane,
  ring,
  type ToPixel,
  unplaced,
  type Vector,
  type View,
} from '../../../support/captureRing.ts';
import { temporaryFolder } from '../../../support/temporaryFolder.ts';
import { createDataLog, dataConfig, failureOf, writeImage } from '../../dataSet.ts';

const views = ring(12);
const k = [-0.1, 0.03, -0.002, 0.0005] as const;
const [p1, p2] = [0.004, -0.003];

/** Metashape's manual: x' = x (1 + K1 r² + ...) + P1 (r² + 2x²) + 2 P2 x y, y' likewise, u = w/2 + cx + x' f + x' B1, v = h/2 + cy + y' f. */
function toPixel(x: number, y: number): [number, number] {
  const r = x * x + y * y;
  const radial = 1 + r * (k[0] + r * (k[1] + r * (k[2] + r * k[3])));
  const [u, v] = [
    x * radial + p1 * (r + 2 * x * x) + 2 * p2 * x * y,
    y * radial + p2 * (r + 2 * y * y) + 2 * p1 * x * y,
  ];
  return [40 + 1.5 + u * (90 + 2), 30 - 0.5 + v * 90];
}
const frameLens: ToPixel = (view, point) => toPixel(...onPlane(view, point));
const fisheyeLens: ToPixel = (view, point) => {
  const [x, y] = onPlane(view, point);
  const factor = Math.atan(Math.hypot(x, y)) / Math.hypot(x, y);
  return toPixel(x * factor, y * factor);
};

const calibration = (tangential: string, name = 'adjusted') =>
  `<calibration type="frame" class="${name}"><resolution width="80" height="60"/><f>90</f><cx>1.5</cx><cy>-0.5</cy><b1>2</b1><k1>${k[0]}</k1><k2>${k[1]}</k2><k3>${k[2]}</k3><k4>${k[3]}</k4>${tangential}</calibration>`;
const sensor = (type: string, inside: string) =>
  `<sensors next_id="1"><sensor id="0" label="Phone" type="${type}"><resolution width="80" height="60"/>${inside}</sensor></sensors>`;
const adjusted = calibration(`<p1>${p1}</p1><p2>${p2}</p2>`);
const first = '<calibration type="frame" class="initial"><f>1</f></calibration>';

/** World to the export's coordinates and back: a quarter turn around z, then twice as large and shifted. */
const toInner = ([x, y, z]: Vector): Vector => [(y - 5) / 2, -(x - 4) / 2, (z + 1) / 2];
const placing =
  '<transform><rotation locked="true">0 -1 0 1 0 0 0 0 1</rotation><translation>4 5 -1</translation><scale>2</scale></transform>';
const turned = ([x, y, z]: Vector): Vector => [y, -x, z];
const same = (vector: Vector): Vector => vector;

interface Fixture {
  readonly sensors?: string;
  readonly before?: string;
  readonly after?: string;
  readonly place?: (point: Vector) => Vector;
  readonly turn?: (axis: Vector) => Vector;
  readonly camera?: (transform: string, index: number) => string;
}

function camera(transform: string, index: number): string {
  return `<camera id="${index}" sensor_id="0" component_id="0" label="IMG_${index}">${transform}</camera>`;
}

async function writeMetashape({
  sensors = sensor('frame', first + adjusted),
  before = '',
  after = '',
  place = same,
  turn = same,
  camera: write = camera,
}: Fixture = {}): Promise<string> {
  const folder = temporaryFolder();
  const cameras = views.map(({ position, right, down, forward }: View, index) => {
    const columns = [...[right, down, forward].map(turn), place(position)];
    const rows = [0, 1, 2].map((row) => columns.map((column) => column[row]).join(' '));
    return write(`<transform>${rows.join(' ')} 0 0 0 1</transform>`, index);
  });
  writeFileSync(
    join(folder, 'cameras.xml'),
    `<?xml version="1.0" encoding="UTF-8"?>\n<document version="2.0.0">\n  <chunk label="Chunk 1" enabled="true">\n${sensors}\n${before}<cameras next_id="12"><group id="0" label="Group">${cameras.join('\n')}</group></cameras>${after}</chunk>\n</document>\n`,
  );
  for (let index = 0; index < views.length; index++)
    await writeImage(join(folder, 'images', `IMG_${index}.jpg`), { width: 80, height: 60 });
  return folder;
}

const read = (path: string, settings: object = {}, log = createDataLog()) =>
  parseScene(dataConfig({ path, ...settings }), log);

describe('Metashape', () => {
  it.each([
    ['without a transform', {}],
    ['with a transform of the chunk', { after: placing, place: toInner, turn: turned }],
    [
      'with a transform of the component',
      {
        before: `<components next_id="1" active_id="0"><component id="0" label="Component 1">${placing}</component></components>`,
        after: '<transform><rotation>1 0 0 0 1 0 0 0 1</rotation></transform>',
        place: toInner,
        turn: turned,
      },
    ],
  ])('[DA12] poses and lens of an export %s', async (_, fixture) => {
    const log = createDataLog();
    const scene = await read(await writeMetashape(fixture), unplaced, log);
    expect([scene.train.length, scene.eval.length, log.warnings]).toEqual([11, 1, []]);
    expectViews(scene, (frame) => views[numberOf(frame)]!, frameLens);
  });

  it('takes the file itself, whatever else says where photos were taken from', async () => {
    const folder = await writeMetashape();
    const file = join(folder, 'cameras.xml');
    writeFileSync(join(folder, 'other.xml'), '<document version="2.0.0"><chunk></chunk></document>');
    expect(await failureOf(folder)).toMatch(
      /cameras\.xml and .*other\.xml both say where photos were taken from/,
    );
    expect((await read(file)).train).toHaveLength(11);
  });

  it('fisheyes', async () => {
    const folder = await writeMetashape({ sensors: sensor('fisheye', adjusted) });
    expectViews(await read(folder, unplaced), (frame) => views[numberOf(frame)]!, fisheyeLens);
  });

  it('warns of what the lenses here do not have', async () => {
    const log = createDataLog();
    const sensors = sensor('frame', calibration('<b2>0.7</b2><p3>0</p3>'));
    await read(await writeMetashape({ sensors }), {}, log);
    expect(log.warnings).toEqual([
      expect.stringMatching(/sensor 0: b2 = 0\.7 cannot be used and counts as 0/),
    ]);
  });

  it('panoramas', async () => {
    const scene = await read(await writeMetashape({ sensors: sensor('spherical', '') }), unplaced);
    expect(scene.train[0]!.camera).toMatchObject({ model: 'EQUIRECTANGULAR', width: 80, height: 60 });
  });

  it('leaves out cameras that are not aligned, with one warning', async () => {
    const log = createDataLog();
    const folder = await writeMetashape({
      camera: (transform, index) => camera(index < 3 ? '' : transform, index),
    });
    expect((await read(folder, { split: 'all' }, log)).train).toHaveLength(9);
    expect(log.warnings).toEqual([
      expect.stringMatching(/3 of its 12 cameras are left out: Metashape has not aligned/),
    ]);
  });

  it.each<[string, Fixture, RegExp]>([
    ['no camera', { camera: () => '' }, /has no cameras that are aligned/],
    [
      'no camera that is aligned',
      { camera: (_, index) => camera('', index) },
      /has no cameras that are aligned/,
    ],
    [
      'a transform that is cut off',
      { camera: (transform, index) => camera(transform.replace(' 0 0 0 1', ''), index) },
      /a transform has 12 numbers instead of 16/,
    ],
    [
      'NaN in a transform',
      { camera: (transform, index) => camera(transform.replace(/>\S+/, '>nan'), index) },
      /"images\/IMG_0\.jpg": transform_matrix\[0\]\[0\] must be a number, but is NaN/,
    ],
    [
      'an unknown lens',
      { sensors: sensor('rpc', adjusted) },
      /sensor 0 is of the type "rpc"; frame, fisheye, spherical are read/,
    ],
    ['no calibration', { sensors: sensor('frame', '') }, /sensor 0 has no calibration with a focal length f/],
    [
      'no focal length',
      { sensors: sensor('frame', adjusted.replace('<f>90', '<f>-1')) },
      /fl_y must be a focal length in pixels, greater than 0/,
    ],
    [
      'a sensor that is missing',
      { camera: (transform, index) => camera(transform, index).replace('sensor_id="0"', 'sensor_id="7"') },
      /a camera has the sensor 7, which is not there/,
    ],
    [
      'two cameras of one name',
      { camera: (transform, index) => camera(transform, index === 1 ? 0 : index) },
      /the cameras "IMG_0" and "IMG_0" have the same photo/,
    ],
  ])('says in one line that there is %s', async (_, fixture, message) => {
    expect(await failureOf(await writeMetashape(fixture))).toMatch(message);
  });

  it('says in one line that a file is cut off, or its photos are missing', async () => {
    const folder = await writeMetashape();
    rmSync(join(folder, 'images'), { recursive: true });
    expect(await failureOf(folder)).toMatch(/none of its 12 photos exists/);
    writeFileSync(join(folder, 'cameras.xml'), '<document version="2.0.0"><chunk><cameras><camera id="0"');
    expect(await failureOf(folder)).toMatch(/cameras\.xml: is no XML file, or was damaged or cut off/);
  });
});
