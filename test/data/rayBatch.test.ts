import { describe, expect, it } from 'vitest';
import type { Camera } from '../../src/data/cameras/camera.ts';
import { pointRay } from '../../src/data/cameras/pointRays.ts';
import type { Image } from '../../src/data/image.ts';
import { photosInMemory } from '../../src/data/photos.ts';
import { pixelPool, samplePixels } from '../../src/data/pixelSampler.ts';
import { createRayBatch, createRayGenerator, type KnownDirections } from '../../src/data/rayBatch.ts';

const intrinsics = { width: 12, height: 9, fx: 11, fy: 12, cx: 6.2, cy: 4.4 };
const pose = [0.36, 0.48, -0.8, 1, -0.8, 0.6, 0, -2, 0.48, 0.64, 0.6, 3];
const distortion = [0.06, -0.08, 0.01, 0.001, -0.001, 0.002] as const;
const cameras: Camera[] = [
  { model: 'OPENCV', ...intrinsics, cameraToWorld: pose },
  { model: 'OPENCV', ...intrinsics, distortion, cameraToWorld: pose },
  { model: 'OPENCV', ...intrinsics, distortion, cameraToWorld: pose.map((v, i) => (i % 4 === 3 ? -v : v)) },
  { model: 'OPENCV_FISHEYE', ...intrinsics, distortion, cameraToWorld: pose },
  { model: 'EQUIRECTANGULAR', width: 16, height: 8, fx: 8, fy: 8, cx: 8, cy: 4, cameraToWorld: pose },
];

describe('createRayGenerator', () => {
  it.each(
    cameras.flatMap((camera, index) =>
      [true, false].map((tabulated) => [index, camera.model, tabulated] as const),
    ),
  )('gives the rays of camera %i (%s, tabulated: %s) as pointRay does', (index, _, tabulated) => {
    const camera = cameras[index]!;
    const [begin, end] = [5, camera.width * camera.height - 3];
    const rays = createRayBatch(end - begin);
    createRayGenerator(cameras, { tablePixels: tabulated ? 1000 : 0 }).generateRays(index, begin, end, rays);
    const expected = Array.from({ length: end - begin }, (_, ray) => {
      const pixel = begin + ray;
      return pointRay(camera, (pixel % camera.width) + 0.5, Math.floor(pixel / camera.width) + 0.5);
    });
    expect(rays.directions).toBeAllClose(
      expected.flatMap(({ direction }) => direction),
      { rtol: 1e-6, atol: 1e-6 },
    );
    expect(rays.origins).toBeAllClose(
      expected.flatMap(({ origin }) => origin),
      { rtol: 1e-7, atol: 0 },
    );
  });

  it('takes directions that are known of the same lens, and pixels in an order that is given', () => {
    const known: KnownDirections = { tables: [] };
    const [all, again] = [createRayBatch(108), createRayBatch(108)];
    createRayGenerator([cameras[1]!], { known }).generateRays(0, 0, 108, all);
    const [first] = known.tables;
    const order = Int32Array.from({ length: 108 }, (_, place) => 107 - place);
    createRayGenerator([cameras[2]!], { known }).generateRays(0, 0, 108, again, order);
    expect(known.tables[0]!.table).toBe(first!.table);
    const reversed = Array.from({ length: 108 }, (_, ray) => 107 - ray);
    expect([...again.directions]).toEqual(
      reversed.flatMap((ray) => [...all.directions.subarray(ray * 3, ray * 3 + 3)]),
    );
    createRayGenerator([cameras[0]!], { known });
    expect(known.tables).toHaveLength(1);
    expect(known.tables[0]!.table).not.toBe(first!.table);
  });

  it('gathers the colours and rays of sampled pixels from RGB and RGBA images', () => {
    const images = cameras.map(({ width, height }, index): Image => {
      const channels = index % 2 === 0 ? 3 : 4;
      const data = Uint8Array.from({ length: width * height * channels }, (_, i) => (i * 31 + index) % 256);
      return { width, height, channels, data };
    });
    const count = 300;
    const samples = samplePixels(3, 1, count, pixelPool(images));
    const generator = createRayGenerator(cameras);
    const batch = createRayBatch(count + 10);
    generator.gatherRays(samples, photosInMemory(images), count, batch);
    const one = createRayBatch(1);
    for (let ray = 0; ray < count; ray++) {
      const [index, pixel] = [samples.imageIndex[ray]!, samples.pixelIndex[ray]!];
      generator.generateRays(index, pixel, pixel + 1, one);
      expect(batch.directions.subarray(ray * 3, ray * 3 + 3)).toEqual(one.directions);
      expect(batch.origins.subarray(ray * 3, ray * 3 + 3)).toEqual(one.origins);
      expect(batch.imageIndex[ray]).toBe(index);
      const { channels, data } = images[index]!;
      const rgba = [...data.subarray(pixel * channels, pixel * channels + channels), 255].slice(0, 4);
      expect(batch.rgba.subarray(ray * 4, ray * 4 + 4)).toBeAllClose(rgba.map((value) => value / 255));
    }
    expect(new Set(samples.imageIndex).size).toBe(cameras.length);
  });
});
