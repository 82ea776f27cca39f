/** Pictures of splats by lenses without a projection, gathered from pinhole views. */
import { expect, it } from 'vitest';
import type { Camera } from '../../../src/data/cameras/camera.ts';
import { createSplatRenderer } from '../../../src/models/splat/createSplatRenderer.ts';
import { renderSplatImage } from '../../../src/models/splat/renderSplatImage.ts';
import type { RenderedImage, RenderRequest } from '../../../src/pipeline/pipeline.ts';
import { createEngine } from '../../../src/tensors/createEngine.ts';
import { type Engine, needed } from '../../../src/tensors/engine.ts';
import { kernelsInPlace } from '../../../src/tensors/kernelEngine.ts';
import { cameraAt, randomSplats } from '../../support/splatScenes.ts';

const background = [0.2, 0.4, 0.6] as const;

async function withEngine<Result>(work: (engine: Engine) => Promise<Result>): Promise<Result> {
  const engine = await createEngine({ engine: 'simd', threads: 2 });
  try {
    return await work(engine);
  } finally {
    engine.dispose();
  }
}

/** What a renderer of some splats shows, of each request. */
function show(requests: readonly RenderRequest[]): Promise<RenderedImage[]> {
  return withEngine(async (engine) => {
    engine.activate();
    const kernels = needed(engine, kernelsInPlace, 'the test');
    // Such that the splats' coordinates are the scene's.
    const train = [1 / 1.1, -1 / 1.1].map((x) => {
      const camera = { ...cameraAt(), cameraToWorld: [1, 0, 0, x, 0, 1, 0, 0, 0, 0, 1, 0] };
      return { name: 'a', image: 'a', camera };
    });
    const config = { harmonicsDegree: 1, light: 'off', cameras: { optimize: 'off' } } as const;
    const renderer = createSplatRenderer(kernels, config as never, { train }, 400);
    expect(renderer.space.scale).toBeCloseTo(1, 6);
    renderer.parameters.replace(randomSplats(400, 9, 3, 0.15));
    const images = requests.map((request) => {
      const work = renderSplatImage(renderer, request, background);
      const progress: number[] = [];
      for (;;) {
        const { done, value } = work.next();
        if (done) {
          expect(progress).toEqual([...progress].sort((a, b) => a - b));
          return structuredClone(value);
        }
        progress.push(value);
      }
    });
    renderer.dispose();
    return images;
  });
}

/** As the picture's range has it. */
function psnr(a: ArrayLike<number>, b: ArrayLike<number>, range: number): number {
  const squares = Array.from(a).reduce((sum, value, k) => sum + ((value - b[k]!) / range) ** 2, 0);
  return -10 * Math.log10(squares / a.length);
}

/** 150 degrees wide. */
const fisheye = cameraAt({
  ...{ width: 240, height: 180, focal: 92, model: 'OPENCV_FISHEYE' },
  distortion: [0.02, 0, 0, 0, 0, 0],
});
/** The same lens under a name that kernels have no projection for. */
const thinPrism: Camera = (({ distortion: _, ...camera }) => ({
  ...camera,
  model: 'THIN_PRISM_FISHEYE' as const,
  lens: [0.02, 0, 0, 0, 0, 0, 0, 0],
}))(fisheye);

it('shows by faces what the projection of a fisheye shows: colours, distances, directions', async () => {
  const outputs = ['rgb', 'depth', 'accumulation', 'normals'];
  const [projected, gathered] = await show([
    { camera: fisheye, outputs },
    { camera: thinPrism, outputs },
  ]);
  expect([gathered!.width, gathered!.height]).toEqual([240, 180]);
  expect(gathered!.outputs['rgb']!.data).toBeInstanceOf(Uint8Array);
  const of = (name: string, range: number) =>
    psnr(gathered!.outputs[name]!.data, projected!.outputs[name]!.data, range);
  expect(of('rgb', 255)).toBeGreaterThan(34);
  expect(of('accumulation', 1)).toBeGreaterThan(30);
  // Where there is something: of light that hardly anything takes, distances are noise.
  const isDense = Array.from(projected!.outputs['accumulation']!.data, (value) => value > 0.9);
  const dense = (image: RenderedImage) => image.outputs['depth']!.data.filter((_, k) => isDense[k]);
  expect(dense(projected!).length).toBeGreaterThan(1000);
  expect(psnr(dense(gathered!), dense(projected!), 3)).toBeGreaterThan(30);
  const normals = gathered!.outputs['normals']!.data;
  for (let at = 0; at < normals.length; at += 3) {
    const length = Math.hypot(normals[at]!, normals[at + 1]!, normals[at + 2]!);
    if (length > 0) expect(Math.abs(length - 1)).toBeLessThan(1e-5);
  }
});

it('shows a panorama that a pinhole confirms in its middle, and what lies behind at its borders', async () => {
  const pose = cameraAt().cameraToWorld;
  const panorama: Camera = {
    ...{ model: 'EQUIRECTANGULAR', width: 512, height: 256, fx: 256, fy: 256, cx: 256, cy: 128 },
    cameraToWorld: pose,
  };
  // Turned round: its axes right and back point the other way.
  const behind: Camera = {
    ...panorama,
    cameraToWorld: pose.map((v, k) => (k % 4 === 0 || k % 4 === 2 ? -v : v)),
  };
  // As fine as the panorama's middle.
  const focal = 512 / (2 * Math.PI);
  const pinhole: Camera = {
    ...{ model: 'OPENCV', width: 32, height: 32, fx: focal, fy: focal, cx: 16, cy: 16 },
    cameraToWorld: pose,
  };
  const [ahead, back, small] = await show(
    [panorama, behind, pinhole].map((camera) => ({ camera, outputs: ['rgb'] })),
  );
  const [wide, turned, seen] = [ahead, back, small].map((image) => image!.outputs['rgb']!.data);
  const pixel = (data: ArrayLike<number>, column: number, row: number) =>
    [0, 1, 2].map((c) => data[(row * 512 + column) * 3 + c]!);
  const differences: number[] = [];
  for (let row = 0; row < 32; row++)
    for (let column = 0; column < 32; column++) {
      const [x, y] = [(column + 0.5 - 16) / focal, (row + 0.5 - 16) / focal];
      const longitude = Math.atan(x);
      const latitude = Math.atan(y * Math.cos(longitude));
      const place = [256 + focal * longitude, 128 + focal * latitude].map((v) => Math.floor(v)) as [
        number,
        number,
      ];
      pixel(wide!, ...place).forEach((value, c) => {
        differences.push(value - seen![(row * 32 + column) * 3 + c]!);
      });
    }
  // The nearest pixel of one is up to half a pixel from that of the other.
  const squares = differences.reduce((sum, d) => sum + d * d, 0) / differences.length;
  expect(10 * Math.log10(255 ** 2 / squares)).toBeGreaterThan(30);
  // Half a turn is half of the picture's width; faces meet elsewhere then.
  const rolled = Array.from({ length: 256 * 512 }, (_, k) =>
    pixel(turned!, ((k % 512) + 256) % 512, k >> 9),
  ).flat();
  expect(psnr(wide!, rolled, 255)).toBeGreaterThan(38);
  // There is something to see.
  expect(new Set(pixel(wide!, 256, 128).concat(pixel(wide!, 250, 120))).size).toBeGreaterThan(3);
});

it('refuses an eye of a camera with two', async () => {
  const camera = { ...thinPrism, lens: undefined, model: 'EQUIRECTANGULAR' as const, eyeOffset: 0.03 };
  await expect(show([{ camera: camera as never, outputs: ['rgb'] }])).rejects.toThrow(
    /camera with two eyes .*choose vr180 or equirectangular/,
  );
});
