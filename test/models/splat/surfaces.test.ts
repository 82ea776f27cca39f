/** Depth, normals and accumulation of splats: against the reference in float64, and where they are known. */
import { describe, expect, it } from 'vitest';
import type { Camera } from '../../../src/data/cameras/camera.ts';
import { pointDirection } from '../../../src/data/cameras/cameraDirections.ts';
import type { KernelPool } from '../../../src/kernels/kernelPool.ts';
import { renderSurfaces } from '../../../src/models/splat/reference/renderSplats.ts';
import { renderSplatImage } from '../../../src/models/splat/renderSplatImage.ts';
import { createSplatKernels } from '../../../src/models/splat/splatKernels.ts';
import { splatView } from '../../../src/models/splat/splatView.ts';
import { createThroughFaces } from '../../../src/models/splat/throughFaces.ts';
import type { RenderedImage } from '../../../src/pipeline/pipeline.ts';
import { withKernels } from '../../support/kernelPools.ts';
import { cameraAt, placeSplats, randomSplats, type SplatNumbers } from '../../support/splatScenes.ts';

const near = 0.1;
const outputs = ['rgb', 'depth', 'surface', 'accumulation', 'normals'];

/** What a model with these splats answers to a request. @param scale of the splats' coordinates in the model's */
function show(
  kernels: KernelPool,
  splats: SplatNumbers,
  camera: Camera,
  { degree = 0, scale = 1, cutoff = 2 / 255, asked = outputs } = {},
): RenderedImage {
  const count = splats.opacities.length;
  const placed = placeSplats(kernels, splats);
  const harmonicsWidth = splats.harmonics.length / count;
  const settings = { capacity: count, harmonicsWidth, near, minTransmittance: 0, cutoff };
  const render = createSplatKernels(kernels, settings, placed.addresses);
  const work = renderSplatImage(
    {
      space: { center: [0, 0, 0], scale },
      faces: createThroughFaces(),
      render: (seen, background, layer) =>
        render.render({ view: splatView(seen), background, degree }, count, layer),
    },
    { camera, outputs: asked },
    [0, 0, 0],
  );
  let next = work.next();
  while (!next.done) next = work.next();
  const image = structuredClone(next.value);
  render.dispose();
  placed.dispose();
  return image;
}

/** Thin splats, `spacing` apart, on the plane through `center` that is spanned by x and (0, cos, sin). */
function wall(center: readonly number[], angle: number, spacing: number, side: number): SplatNumbers {
  const places = Array.from({ length: side * side }, (_, k) => [
    ((k % side) - (side - 1) / 2) * spacing,
    (Math.floor(k / side) - (side - 1) / 2) * spacing,
  ]);
  const each = (numbers: readonly number[]) => Float32Array.from(places.flatMap(() => numbers));
  return {
    means: Float32Array.from(
      places.flatMap(([x, y]) => [
        center[0]! + x!,
        center[1]! + y! * Math.cos(angle),
        center[2]! + y! * Math.sin(angle),
      ]),
    ),
    scales: each([Math.log(spacing * 0.7), Math.log(spacing * 0.7), Math.log(1e-4)]),
    // About the x axis.
    rotations: each([Math.cos(angle / 2), Math.sin(angle / 2), 0, 0]),
    opacities: each([4]),
    colors: each([1, 1, 1]),
    harmonics: new Float32Array(0),
  };
}

/** At the origin, looks along -z. */
const straight: Camera = {
  model: 'OPENCV',
  width: 40,
  height: 30,
  fx: 30,
  fy: 30,
  cx: 20,
  cy: 15,
  cameraToWorld: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0],
};

const lenses: Record<string, Camera> = {
  pinhole: cameraAt(),
  distorted: cameraAt({ distortion: [0.12, -0.05, 0.02, -0.004, 0.01, -0.02] }),
  fisheye: cameraAt({ model: 'OPENCV_FISHEYE', focal: 18, distortion: [0.08, -0.03, 0.01, 0, 0, 0] }),
};

/** Length of the pixel's ray up to the plane one unit before the camera. */
function rayLength(camera: Camera, x: number, y: number): number {
  const direction = new Float64Array(3);
  pointDirection(camera, x + 0.5, y + 0.5, direction);
  return Math.hypot(...direction) / -direction[2]!;
}

describe('surfaces of splats', () => {
  it.each(
    ['base', 'relaxed'].flatMap((variant) => Object.keys(lenses).map((lens) => [variant, lens] as const)),
  )('are those of the reference: %s module, %s camera', async (variant, lens) => {
    const camera = lenses[lens]!;
    const splats = randomSplats(40, 0, 21);
    const cutoff = 1e-5;
    const image = await withKernels({ variant: variant as 'base' }, (kernels) =>
      show(kernels, splats, camera, { cutoff }),
    );
    const [depth, share, normals, surface] = ['depth', 'accumulation', 'normals', 'surface'].map(
      (name) => image.outputs[name]!.data,
    );
    const settings = { degree: 0, harmonicsWidth: 0, background: [0, 0, 0], near, cutoff, blur: 0.3 };
    const expected = renderSurfaces(splats, splatView(camera), settings);
    let compared = 0;
    for (let pixel = 0; pixel < camera.width * camera.height; pixel++) {
      const [distance, x, y, z, accumulated, nearest] = expected.subarray(
        pixel * 6,
        pixel * 6 + 6,
      ) as unknown as number[];
      expect(share![pixel]).toBeCloseTo(accumulated!, 3);
      if (accumulated! < 0.1) continue;
      compared++;
      expect(depth![pixel]! / distance!).toBeCloseTo(1, 3);
      expect(surface![pixel]! / nearest!).toBeCloseTo(1, 3);
      const length = Math.hypot(x!, y!, z!);
      // A mean of normals that nearly cancel has no direction.
      if (length < 0.1) continue;
      [x, y, z].forEach((value, k) => {
        expect(normals![pixel * 3 + k]).toBeCloseTo(value! / length, 2);
      });
    }
    expect(compared).toBeGreaterThan(200);
  });

  it.each(Object.entries({ pinhole: straight, fisheye: { ...straight, model: 'OPENCV_FISHEYE' as const } }))(
    'of a flat wall two units away are there, and its normals point to the camera: %s',
    async (_, camera) => {
      const { depth, normals, accumulation } = (
        await withKernels({}, (kernels) => show(kernels, wall([0, 0, -2], 0, 0.1, 60), camera))
      ).outputs;
      for (let pixel = 0; pixel < 40 * 30; pixel++) {
        const [x, y] = [pixel % 40, Math.floor(pixel / 40)];
        expect(accumulation!.data[pixel]).toBeGreaterThan(0.98);
        expect(Math.abs(depth!.data[pixel]! / (2 * rayLength(camera, x, y)) - 1)).toBeLessThan(0.02);
        expect(normals!.data[pixel * 3 + 2]).toBeCloseTo(1, 5);
      }
    },
  );

  it('follow a slanted wall within its splats, in units of the model', async () => {
    // Turned by 45 degrees: y = 3 - z. Its splats reach over 10 pixels.
    const splats = wall([0, 0, -3], Math.PI / 4, 0.3, 35);
    const { outputs } = await withKernels({}, (kernels) =>
      show(kernels, splats, straight, { scale: 0.5, asked: ['depth'] }),
    );
    expect(Object.keys(outputs)).toEqual(['depth']);
    let worst = 0;
    for (let y = 0; y < 30; y++)
      for (let x = 0; x < 40; x++) {
        const slope = (15 - (y + 0.5)) / 30;
        const z = 3 / (1 + slope);
        const along = outputs['depth']!.data[y * 40 + x]! / rayLength(straight, x, y);
        worst = Math.max(worst, Math.abs(along / (2 * z) - 1));
      }
    expect(worst).toBeLessThan(0.045);
  });

  it('[EX3] lie where a wall is, however much shines through it from behind', async () => {
    const both = [wall([0, 0, -2], 0, 0.1, 60), wall([0, 0, -3], 0, 0.1, 90)] as const;
    const splats = Object.fromEntries(
      Object.keys(both[0]).map((name) => {
        const values = both.map((one) => one[name as keyof SplatNumbers]);
        return [name, Float32Array.from([...values[0]!, ...values[1]!])];
      }),
    ) as unknown as SplatNumbers;
    // Each of the splats takes about a quarter of the light.
    splats.opacities.fill(-1);
    const { depth, surface } = (await withKernels({}, (kernels) => show(kernels, splats, straight))).outputs;
    const errors = (values: ArrayLike<number>) =>
      Array.from(
        values,
        (value, pixel) => value / (2 * rayLength(straight, pixel % 40, Math.floor(pixel / 40))) - 1,
      );
    expect(Math.max(...errors(surface!.data).map(Math.abs))).toBeLessThan(0.02);
    expect(Math.min(...errors(depth!.data))).toBeGreaterThan(0.03);
  });

  it('are nothing where nothing is', async () => {
    const { outputs } = await withKernels({}, (kernels) =>
      show(kernels, wall([0, 0, 2], 0, 0.1, 10), straight),
    );
    for (const name of ['depth', 'surface', 'accumulation', 'normals'])
      expect(new Set(outputs[name]!.data), name).toEqual(new Set([0]));
  });

  it('have the same bits on 1, 2, 3 and 7 threads, and leave the colours as they are', async () => {
    const splats = randomSplats(1500, 24, 8, 0.05);
    const camera = { ...lenses['distorted']!, width: 130, height: 101, fx: 130, fy: 130, cx: 60, cy: 50 };
    const images: RenderedImage[] = [];
    for (const threads of [1, 2, 3, 7])
      images.push(await withKernels({ threads }, (kernels) => show(kernels, splats, camera, { degree: 2 })));
    for (const image of images.slice(1)) expect(image).toEqual(images[0]);
    const alone = await withKernels({}, (kernels) =>
      show(kernels, splats, camera, { degree: 2, asked: ['rgb'] }),
    );
    expect(alone.outputs['rgb']).toEqual(images[0]!.outputs['rgb']);
  });

  it('[TR27] an output that splats do not have is answered with those that they have', async () => {
    await expect(
      withKernels({}, (kernels) =>
        show(kernels, wall([0, 0, -2], 0, 0.1, 4), straight, { asked: ['smell'] }),
      ),
    ).rejects.toThrow(
      'render: this model has no output smell; outputs: rgb, depth, surface, accumulation, normals',
    );
  });
});
