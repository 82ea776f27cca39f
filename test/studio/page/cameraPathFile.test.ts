/** Camera paths as files: our own reader of nerfstudio's files reads them, and keyframes come back. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { cropTransform } from '../../../src/data/cropBox.ts';
import { readCameraPath } from '../../../src/render/readCameraPath.ts';
import {
  decodeCameraPath,
  encodeCameraPath,
  framesOf,
  type PathSettings,
} from '../../../src/studio/page/cameraPath/cameraPathFile.ts';
import type { Keyframe } from '../../../src/studio/page/cameraPath/spline.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const keys: Keyframe[] = [
  { cameraToWorld: [1, 0, 0, 1, 0, 1, 0, 2, 0, 0, 1, 3], fieldOfView: 40 },
  { cameraToWorld: [0, -1, 0, 5, 1, 0, 0, 6, 0, 0, 1, 7], fieldOfView: 60 },
];
const settings: PathSettings = {
  ...{ seconds: 2, fps: 10, width: 320, height: 200 },
  ...{ tension: 0.25, isLoop: false },
};

describe('camera_path.json', () => {
  it('is read as nerfstudio’s: frames, size, field of view from top to bottom', async () => {
    const file = path.join(temporaryFolder(), 'camera_path.json');
    writeFileSync(file, JSON.stringify(encodeCameraPath(keys, settings)));
    const { shots, fps, crop } = await readCameraPath(file);
    const cameras = shots.map(({ camera }) => camera);
    expect([cameras.length, fps, crop]).toEqual([20, 10, undefined]);
    expect(cameras[0]!.cameraToWorld).toBeAllClose(keys[0]!.cameraToWorld, { atol: 1e-12 });
    expect(cameras.at(-1)!.cameraToWorld).toBeAllClose(keys[1]!.cameraToWorld, { atol: 1e-12 });
    // 200 pixels from top to bottom under 40 degrees
    expect(cameras[0]!.fy).toBeCloseTo(100 / Math.tan((20 * Math.PI) / 180), 9);
    expect([cameras[0]!.width, cameras[0]!.height]).toEqual([320, 200]);
  });

  it('says the crop box of the view, as nerfstudio says it', async () => {
    const file = path.join(temporaryFolder(), 'camera_path.json');
    const placement = { rotation: [0, -1, 0, 1, 0, 0, 0, 0, 1], scale: 2, translation: [10, 0, 0] };
    const box = cropTransform([8, 0, -1, 10, 4, 1], placement);
    writeFileSync(file, JSON.stringify(encodeCameraPath(keys, settings, { box, background: [1, 0, 0.2] })));
    const { crop } = await readCameraPath(file);
    expect(crop!.box).toBeAllClose(box, { atol: 1e-9 });
    expect(crop!.background).toEqual([1, 0, 0.2]);
  });

  it('gives back its keyframes and settings', () => {
    const text = JSON.stringify(encodeCameraPath(keys, settings));
    expect(decodeCameraPath(text)).toEqual({ keys, settings });
  });

  it('takes keyframes of nerfstudio’s old viewer: text, by columns', () => {
    const matrix = JSON.stringify([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 7, 8, 9, 1]);
    const { keys } = decodeCameraPath(JSON.stringify({ keyframes: [{ matrix, fov: 35 }] }));
    expect(keys).toEqual([{ cameraToWorld: [1, 0, 0, 7, 0, 1, 0, 8, 0, 0, 1, 9], fieldOfView: 35 }]);
  });

  it('takes frames for keyframes where there are none', () => {
    const camera_to_world = [1, 0, 0, 7, 0, 1, 0, 8, 0, 0, 1, 9, 0, 0, 0, 1];
    const { keys } = decodeCameraPath(JSON.stringify({ camera_path: [{ camera_to_world }] }));
    expect(keys).toEqual([{ cameraToWorld: camera_to_world.slice(0, 12), fieldOfView: 50 }]);
  });

  it.each(['{}', '[]', '{"camera_path": [{}]}', '{"keyframes": [{"matrix": "[1]"}]}', 'no JSON'])(
    'says what is wrong with %s',
    (text) => expect(() => decodeCameraPath(text)).toThrow(/no keyframes|no matrix|JSON/),
  );

  it('has at least one frame', () => expect(framesOf({ ...settings, seconds: 0 })).toBe(1));
});
