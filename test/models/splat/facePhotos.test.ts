/** Photos of lenses without a projection, cut into pinhole views: what the views show, checked against the scene itself. */
import { expect, it } from 'vitest';
import type { Camera } from '../../../src/data/cameras/camera.ts';
import { cameraDirections } from '../../../src/data/cameras/cameraDirections.ts';
import type { Image } from '../../../src/data/image.ts';
import { photosInMemory } from '../../../src/data/photos.ts';
import type { Frame } from '../../../src/data/scene.ts';
import { cutFrames } from '../../../src/models/splat/facePhotos.ts';

const upright = [1, 0, 0, 0.5, 0, 1, 0, 0, 0, 0, 1, 2];
const panorama: Camera = {
  ...{ model: 'EQUIRECTANGULAR', width: 256, height: 128, fx: 128, fy: 128, cx: 128, cy: 64 },
  cameraToWorld: upright,
};
const fisheye: Camera = {
  ...{ model: 'OPENCV_FISHEYE', width: 160, height: 120, fx: 60, fy: 60, cx: 80, cy: 60 },
  distortion: [0.02, 0, 0, 0, 0.004, 0],
  cameraToWorld: [0, -1, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0],
};
const pinhole: Camera = {
  ...{ model: 'OPENCV', width: 40, height: 30, fx: 40, fy: 40, cx: 20, cy: 15 },
  cameraToWorld: upright,
};
const frameOf = (camera: Camera): Frame => ({ name: 'a', image: 'a', camera });

/** What lies infinitely far in the world's direction, 0..255: smooth, and different everywhere. */
function sky(x: number, y: number, z: number): [number, number, number] {
  const length = Math.hypot(x, y, z);
  return [x, y, z].map((value) => 127.5 + 100 * (value / length)) as [number, number, number];
}

/** Calls with the world's direction of each pixel. */
function eachDirection(
  camera: Camera,
  visit: (pixel: number, ...direction: [number, number, number]) => void,
) {
  const directions = cameraDirections(camera);
  const m = camera.cameraToWorld;
  for (let pixel = 0; pixel < camera.width * camera.height; pixel++) {
    const d = directions.subarray(3 * pixel, 3 * pixel + 3);
    const along = (row: number) => m[4 * row]! * d[0]! + m[4 * row + 1]! * d[1]! + m[4 * row + 2]! * d[2]!;
    visit(pixel, along(0), along(1), along(2));
  }
}

function photoOf(camera: Camera): Image {
  const { width, height } = camera;
  const data = new Uint8Array(width * height * 3);
  eachDirection(camera, (pixel, ...direction) => data.set(sky(...direction).map(Math.round), 3 * pixel));
  return { width, height, channels: 3, data };
}

it.each([
  ['a panorama', panorama, 0.99],
  ['a fisheye with tangential distortion', fisheye, 0.6],
])('%s: its faces show what pinholes there see', (_, camera, leastShown) => {
  const { frames, cut, count } = cutFrames([frameOf(camera), frameOf(pinhole)]);
  expect(count).toBe(1);
  expect(frames.at(-1)!.camera).toBe(pinhole);
  const photos = cut(photosInMemory([photoOf(camera), photoOf(pinhole)]));
  expect(photos.sizes).toHaveLength(frames.length);
  let [shown, solidAngle, worst] = [0, 0, 0];
  for (const [index, { camera: face }] of frames.slice(0, -1).entries()) {
    expect(face.model).toBe('OPENCV');
    const { data, mask, width, height } = photos.read(index);
    expect([width, height]).toEqual([face.width, face.height]);
    expect(photos.sizes[index]!.mask).toBe(mask);
    eachDirection(face, (pixel, ...direction) => {
      if (mask![pixel] === 0) return;
      shown++;
      // Of a pixel of a pinhole: cos³ / f².
      const cosine = face.fx / Math.hypot(face.fx, ...offCentre(face, pixel));
      solidAngle += cosine ** 3 / face.fx ** 2;
      const expected = sky(...direction);
      for (let c = 0; c < 3; c++) worst = Math.max(worst, Math.abs(data[3 * pixel + c]! - expected[c]!));
    });
  }
  expect(worst).toBeLessThan(1.6);
  expect(shown).toBeGreaterThan(1000);
  // Each direction once: a panorama's faces see the whole sphere.
  expect(solidAngle / (4 * Math.PI)).toBeLessThan(1.01);
  if (camera === panorama) expect(solidAngle / (4 * Math.PI)).toBeGreaterThan(leastShown);
});

function offCentre({ width, cx, cy }: Camera, pixel: number): [number, number] {
  return [(pixel % width) + 0.5 - cx, Math.floor(pixel / width) + 0.5 - cy];
}

it('leaves photos alone whose lenses have a projection', () => {
  const frames = [frameOf(pinhole), frameOf({ ...fisheye, distortion: [0.02, 0, 0, 0, 0, 0] })];
  const photos = photosInMemory([photoOf(pinhole), photoOf(fisheye)]);
  const cuts = cutFrames(frames);
  expect(cuts.frames).toBe(frames);
  expect(cuts.cut(photos)).toBe(photos);
});

it('hides what a mask of the photo hides, and nothing else', () => {
  const photo = photoOf(panorama);
  const mask = new Uint8Array(256 * 128).fill(255);
  // The upper half.
  mask.fill(0, 0, 256 * 64);
  const whole = cutFrames([frameOf(panorama)]);
  const [plain, masked] = [photo, { ...photo, mask }].map((image) => whole.cut(photosInMemory([image])));
  const wrong = { shown: 0, hidden: 0 };
  for (const [index, { camera }] of whole.frames.entries()) {
    const [all, left] = [plain!.read(index).mask!, masked!.read(index).mask!];
    eachDirection(camera, (pixel, x, y, z) => {
      const height = y / Math.hypot(x, y, z);
      if (all[pixel] === 0 || height > 0.03) wrong.shown += left[pixel]!;
      else if (height < -0.03 && left[pixel] !== 255) wrong.hidden++;
    });
  }
  expect(wrong).toEqual({ shown: 0, hidden: 0 });
});

it('keeps colours of transparent pixels out of those beside them', () => {
  const { width, height } = panorama;
  // Red and opaque on the left, green and transparent on the right.
  const data = Uint8Array.from({ length: width * height * 4 }, (_, k) => {
    const isLeft = (k >> 2) % width < 0.4 * width;
    return [isLeft ? 255 : 0, isLeft ? 0 : 255, 0, isLeft ? 255 : 0][k % 4]!;
  });
  const { frames, cut } = cutFrames([frameOf(panorama)]);
  const photos = cut(photosInMemory([{ width, height, channels: 4, data }]));
  const seen = new Set<string>();
  let green = 0;
  for (const index of frames.keys()) {
    const face = photos.read(index);
    for (let pixel = 0; pixel < face.width * face.height; pixel++) {
      const [r, g, , a] = face.data.subarray(4 * pixel, 4 * pixel + 4);
      if (face.mask![pixel] === 0) continue;
      if (a! > 0) green = Math.max(green, g!, 255 - r!);
      seen.add(a === 255 ? 'opaque' : a === 0 ? 'clear' : 'between');
    }
  }
  expect(green).toBe(0);
  expect([...seen].sort()).toEqual(['between', 'clear', 'opaque']);
});
