/** The splat kernels against their reference: values, and gradients by finite differences of the reference in float64. */
import { describe, expect, it } from 'vitest';
import type { Camera } from '../../../src/data/cameras/camera.ts';
import { pointDirection } from '../../../src/data/cameras/cameraDirections.ts';
import type { KernelPool } from '../../../src/kernels/kernelPool.ts';
import type { Light } from '../../../src/models/splat/photoLight.ts';
import { renderSplats, type Splats } from '../../../src/models/splat/reference/renderSplats.ts';
import { splatGroups } from '../../../src/models/splat/splatGroups.ts';
import { type Color, createSplatKernels, imagePadding } from '../../../src/models/splat/splatKernels.ts';
import { splatView } from '../../../src/models/splat/splatView.ts';
import { RandomStream, randomAt, randomKey } from '../../../src/rng.ts';
import { withKernels } from '../../support/kernelPools.ts';
import { cameraAt, placeSplats, randomSplats, type SplatNumbers } from '../../support/splatScenes.ts';

const background: Color = [0.2, 0.5, 0.9];
const near = 0.1;
/** All that counts in the reference is computed by the kernels too. */
const exact = { near, cutoff: 1e-6, minTransmittance: 0, blur: 0.3 };
const widthOf = (degree: number) => 3 * ((degree + 1) ** 2 - 1);

const light: Light = { gain: [1.3, 0.8, 1.1], bias: [0.05, -0.1, 0.02] };
const lenses: Record<string, Camera> = {
  pinhole: cameraAt(),
  distorted: cameraAt({ distortion: [0.12, -0.05, 0.02, -0.004, 0.01, -0.02] }),
  fisheye: cameraAt({ model: 'OPENCV_FISHEYE', focal: 18, distortion: [0.08, -0.03, 0.01, 0, 0, 0] }),
};

/** [height, width, 4] uint8 with premultiplied alpha. */
function randomImage(width: number, height: number, seed: number): Uint8Array {
  const key = randomKey(seed, RandomStream.noise, 9);
  return Uint8Array.from({ length: width * height * 4 }, (_, k) => randomAt(key, k) & 127);
}

interface Step {
  readonly splats: SplatNumbers;
  readonly camera: Camera;
  readonly degree: number;
  readonly width?: number;
  readonly rowStride?: number;
  readonly rowPhase?: number;
  readonly countedShare?: number;
  readonly settings?: Partial<typeof exact>;
  readonly light?: Light;
  readonly opacityPenalty?: number;
  readonly scalePenalty?: number;
}

/** Loss and gradients of a training step. */
function train(kernels: KernelPool, step: Step, image: Uint8Array) {
  const { splats, camera, degree, width = widthOf(degree), rowStride = 1, rowPhase = 0, light } = step;
  const { opacityPenalty = 0, scalePenalty = 0 } = step;
  const count = splats.opacities.length;
  const placed = placeSplats(kernels, splats);
  const address = kernels.allocate(image.length + imagePadding);
  kernels.uint8(address, image.length).set(image);
  const settings = { capacity: count, harmonicsWidth: width, ...exact, ...step.settings };
  const render = createSplatKernels(kernels, settings, placed.addresses);
  const { countedShare = 1 } = step;
  const shot = {
    view: splatView(camera),
    background,
    degree,
    rowStride,
    rowPhase,
    image: address,
    opacityPenalty,
    scalePenalty,
    ...(light && { light }),
    countedShare,
  };
  const loss = render.train(shot, count);
  const gradients = Object.fromEntries(
    splatGroups.map((name) => [name, Float32Array.from(placed.gradient(name))]),
  ) as SplatNumbers;
  const { screenGradients, timesSeen } = render.statistics;
  const screen = Float32Array.from(screenGradients.subarray(0, count));
  const seen = Float32Array.from(timesSeen.subarray(0, count));
  const lightGradient = Float64Array.from(render.lightGradient);
  render.dispose();
  placed.dispose();
  kernels.release(address);
  return { loss, gradients, screen, seen, lightGradient };
}

/** The same loss by the reference. */
function referenceLoss(splats: Splats, step: Step, image: Uint8Array): number {
  const { camera, degree, width = widthOf(degree), rowStride = 1, rowPhase = 0, light } = step;
  const view = splatView(camera);
  const rows = Array.from({ length: view.height }, (_, row) => row).filter(
    (row) => row % rowStride === rowPhase,
  );
  const settings = {
    degree,
    harmonicsWidth: width,
    background,
    near,
    cutoff: 0,
    blur: 0.3,
    ...(light && { light }),
  };
  const picture = renderSplats(splats, view, settings, rows);
  let sum = 0;
  rows.forEach((row, line) => {
    for (let column = 0; column < view.width; column++) {
      const pixel = (row * view.width + column) * 4;
      for (let channel = 0; channel < 3; channel++) {
        const clear = 1 - image[pixel + 3]! / 255;
        const target = image[pixel + channel]! / 255 + clear * background[channel]!;
        sum += (picture[(line * view.width + column) * 3 + channel]! - target) ** 2;
      }
    }
  });
  return sum / picture.length;
}

/** Central differences of the reference's loss by every number of every parameter. */
function differences(step: Step, image: Uint8Array, h = 1e-4): Record<string, Float64Array> {
  const exactSplats = Object.fromEntries(
    splatGroups.map((name) => [name, Float64Array.from(step.splats[name])]),
  ) as unknown as Record<keyof SplatNumbers, Float64Array>;
  return Object.fromEntries(
    splatGroups.map((name) => {
      const values = exactSplats[name];
      const slopes = values.map((value, index) => {
        values[index] = value + h;
        const above = referenceLoss(exactSplats, step, image);
        values[index] = value - h;
        const below = referenceLoss(exactSplats, step, image);
        values[index] = value;
        return (above - below) / (2 * h);
      });
      return [name, slopes];
    }),
  );
}

const largest = (values: ArrayLike<number>) =>
  Array.from(values).reduce((a, b) => Math.max(a, Math.abs(b)), 0);

describe('splat kernels', () => {
  it('[DA8] a masked pixel has no part in loss and gradients', async () => {
    const splats = randomSplats(12, widthOf(1), 5);
    const step = { splats, camera: lenses['distorted']!, degree: 1 };
    const image = randomImage(27, 22, 3);
    const masked = image.slice();
    const view = splatView(step.camera);
    const settings = { degree: 1, harmonicsWidth: widthOf(1), background, near, cutoff: 0, blur: 0.3 };
    const picture = renderSplats(
      splats,
      view,
      settings,
      Array.from({ length: 22 }, (_, row) => row),
    );
    let [error, counted] = [0, 0];
    for (let pixel = 0; pixel < 27 * 22; pixel++)
      if (pixel % 27 < 9 || pixel % 5 === 0) masked.set([255, 255, 255, 0], pixel * 4);
      else {
        counted++;
        const clear = 1 - image[pixel * 4 + 3]! / 255;
        for (let k = 0; k < 3; k++) {
          const target = image[pixel * 4 + k]! / 255 + clear * background[k]!;
          error += (picture[pixel * 3 + k]! - target) ** 2;
        }
      }
    await withKernels({}, (kernels) => {
      const share = counted / (27 * 22);
      const { loss, gradients } = train(kernels, { ...step, countedShare: share }, masked);
      expect(loss).toBeCloseTo(error / (3 * counted), 5);
      expect(largest(gradients.means)).toBeGreaterThan(0);
      const nothing = image.map((_, at) => (at % 4 === 3 ? 0 : 255));
      const empty = train(kernels, { ...step, countedShare: 1e-3 }, nothing);
      expect([empty.loss, largest(empty.gradients.means), largest(empty.gradients.colors)]).toEqual([
        0, 0, 0,
      ]);
    });
  });

  it.each(
    ['base', 'relaxed'].flatMap((variant) => Object.keys(lenses).map((lens) => [variant, lens] as const)),
  )('render as the reference: %s module, %s camera', async (variant, lens) => {
    const camera = lenses[lens]!;
    const splats = randomSplats(60, widthOf(3), 1);
    const view = splatView(camera);
    await withKernels({ variant: variant as 'base' }, (kernels) => {
      const placed = placeSplats(kernels, splats);
      const render = createSplatKernels(
        kernels,
        { capacity: 60, harmonicsWidth: widthOf(3), near, minTransmittance: 0 },
        placed.addresses,
      );
      const { data, pitch } = render.render({ view, background, degree: 3 }, 60);
      const settings = {
        degree: 3,
        harmonicsWidth: widthOf(3),
        background,
        near,
        cutoff: 2 / 255,
        blur: 0.3,
      };
      const expected = renderSplats(splats, view, settings);
      let worst = 0;
      let off = 0;
      for (let pixel = 0; pixel < view.width * view.height; pixel++) {
        const at = (Math.floor(pixel / view.width) * pitch + (pixel % view.width)) * 4;
        const error = largest([0, 1, 2].map((k) => data[at + k]! - expected[pixel * 3 + k]!));
        // At the cutoff's edge a splat may count for the one and not for the other: 2 / 255 of it.
        if (error > 1e-4) off++;
        worst = Math.max(worst, error);
      }
      expect(off).toBeLessThan(10);
      expect(worst).toBeLessThan(0.02);
      const inRows = Float32Array.from({ length: view.width * view.height * 3 }, (_, k) => {
        const pixel = Math.floor(k / 3);
        const at = (Math.floor(pixel / view.width) * pitch + (pixel % view.width)) * 4 + (k % 3);
        return Math.min(1, Math.max(0, data[at]!));
      });
      expect(render.renderColors({ view, background, degree: 3 }, 60)).toEqual(inRows);
      render.dispose();
      placed.dispose();
    });
  });

  const cases: [string, Step][] = [
    ['pinhole, degree 3', { splats: randomSplats(8, 45, 2), camera: lenses['pinhole']!, degree: 3 }],
    ['distorted, degree 2', { splats: randomSplats(10, 24, 3), camera: lenses['distorted']!, degree: 2 }],
    ['fisheye, degree 1', { splats: randomSplats(13, 9, 4), camera: lenses['fisheye']!, degree: 1 }],
    [
      'every third row, degree 1 of 2',
      {
        splats: randomSplats(14, 24, 5),
        camera: cameraAt({ width: 21, height: 53 }),
        degree: 1,
        width: 24,
        rowStride: 3,
        rowPhase: 1,
      },
    ],
    [
      'in the light of a photo',
      { splats: randomSplats(12, 9, 10), camera: lenses['distorted']!, degree: 1, light },
    ],
    ['no harmonics', { splats: randomSplats(14, 0, 6), camera: lenses['pinhole']!, degree: 0 }],
    // Centres beyond the picture's border and margin, where the lens is continued by its tangent.
    [
      'distorted, splats about the border',
      { splats: randomSplats(14, 9, 7, 0.5), camera: { ...lenses['distorted']!, fx: 50, fy: 54 }, degree: 1 },
    ],
  ];

  it.each(cases)('have the gradients of finite differences: %s', async (_name, step) => {
    const image = randomImage(step.camera.width, step.camera.height, 1);
    const expected = differences(step, image);
    const { loss, gradients, screen, seen } = await withKernels({}, (kernels) => train(kernels, step, image));
    expect(loss).toBeCloseTo(referenceLoss(step.splats, step, image), 6);
    for (const name of splatGroups) {
      const worst = largest(expected[name]!.map((slope, index) => slope - gradients[name][index]!));
      expect(worst, name).toBeLessThanOrEqual(5e-4 * largest(expected[name]!) + 1e-7);
    }
    expect(screen.some((value) => value > 0)).toBe(true);
    seen.forEach((times, splat) => {
      const matters = expected['colors']!.subarray(3 * splat, 3 * splat + 3).some((slope) => slope !== 0);
      expect(times, `splat ${splat} in view`).toBe(matters ? 1 : 0);
    });
  });

  it('have the gradients of finite differences: gain and bias of a photo', async () => {
    const step: Step = {
      splats: randomSplats(600, 9, 10, 0.08),
      camera: lenses['pinhole']!,
      degree: 1,
      light,
    };
    const image = randomImage(step.camera.width, step.camera.height, 3);
    const h = 1e-4;
    const expected = Array.from({ length: 6 }, (_, k) => {
      const lossAt = (offset: number) => {
        const of = (values: Color, first: number, change: (value: number) => number) =>
          values.map((value, channel) => (first + channel === k ? change(value) : value)) as unknown as Color;
        const gain = of(light.gain, 0, (value) => value * Math.exp(offset));
        const bias = of(light.bias, 3, (value) => value + offset);
        return referenceLoss(step.splats, { ...step, light: { gain, bias } }, image);
      };
      return (lossAt(h) - lossAt(-h)) / (2 * h);
    });
    for (const threads of [1, 2, 7]) {
      const { lightGradient } = await withKernels({ threads }, (kernels) => train(kernels, step, image));
      expect(largest(expected.map((slope, k) => slope - lightGradient[k]!))).toBeLessThan(
        1e-3 * largest(expected),
      );
    }
  });

  it('add the penalty on opacity to the gradients of opacities, of splats in view alone', async () => {
    const splats = randomSplats(12, 0, 10);
    // The last one lies behind the camera.
    splats.means.set([4, 0, 6], 33);
    const step: Step = { splats, camera: lenses['pinhole']!, degree: 0 };
    const image = randomImage(step.camera.width, step.camera.height, 3);
    const opacityPenalty = 0.07;
    const [without, with_] = await withKernels({}, (kernels) => [
      train(kernels, step, image),
      train(kernels, { ...step, opacityPenalty }, image),
    ]);
    const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
    splats.opacities.forEach((logit, index) => {
      const h = 1e-4;
      const slope = (opacityPenalty * (sigmoid(logit + h) - sigmoid(logit - h))) / (2 * h);
      const added = with_!.gradients.opacities[index]! - without!.gradients.opacities[index]!;
      expect(added).toBeCloseTo(index === 11 ? 0 : slope, 6);
    });
    for (const name of splatGroups.filter((group) => group !== 'opacities'))
      expect(with_!.gradients[name]).toEqual(without!.gradients[name]);
  });

  it('add the penalty on the axes to the gradients of scales, of splats in view alone', async () => {
    const splats = randomSplats(12, 0, 10);
    splats.means.set([4, 0, 6], 33);
    const step: Step = { splats, camera: lenses['pinhole']!, degree: 0 };
    const image = randomImage(step.camera.width, step.camera.height, 3);
    const scalePenalty = 0.07;
    const [without, with_] = await withKernels({}, (kernels) => [
      train(kernels, step, image),
      train(kernels, { ...step, scalePenalty }, image),
    ]);
    splats.scales.forEach((logScale, index) => {
      const h = 1e-4;
      const slope = (scalePenalty * (Math.exp(logScale + h) - Math.exp(logScale - h))) / (2 * h);
      const added = with_!.gradients.scales[index]! - without!.gradients.scales[index]!;
      expect(added).toBeCloseTo(index >= 33 ? 0 : slope, 6);
    });
    for (const name of splatGroups.filter((group) => group !== 'scales'))
      expect(with_!.gradients[name]).toEqual(without!.gradients[name]);
  });

  it('show the background where there are no splats', async () => {
    await withKernels({}, (kernels) => {
      const placed = placeSplats(kernels, randomSplats(1, 9, 3));
      const settings = { capacity: 1, harmonicsWidth: 9, ...exact };
      const render = createSplatKernels(kernels, settings, placed.addresses);
      const { width, height } = lenses['pinhole']!;
      const shot = { view: splatView(lenses['pinhole']!), background, degree: 1 };
      const colors = render.renderColors(shot, 0);
      expect(colors).toEqual(Float32Array.from({ length: width * height * 3 }, (_, k) => background[k % 3]!));
      expect(render.latest).toEqual({ visible: 0, pairs: 0 });
      render.dispose();
      placed.dispose();
    });
  });

  it('have the same bits on 1, 2, 3 and 7 threads', async () => {
    const step: Step = {
      splats: randomSplats(1500, 24, 8, 0.05),
      camera: { ...lenses['distorted']!, width: 130, height: 101, fx: 130, fy: 130, cx: 60, cy: 50 },
      degree: 2,
      rowStride: 2,
      settings: { cutoff: 2 / 255, minTransmittance: 5e-4 },
      light,
    };
    const image = randomImage(130, 101, 2);
    const results = [];
    for (const threads of [1, 2, 3, 7])
      results.push(await withKernels({ threads }, (kernels) => train(kernels, step, image)));
    expect(largest(results[0]!.gradients.harmonics)).toBeGreaterThan(0);
    for (const result of results.slice(1)) expect(result).toEqual(results[0]);
  });

  it.each(['distorted', 'fisheye'])('a %s lens is as a dense warp of a sharper picture', async (lens) => {
    const camera = { ...lenses[lens]!, width: 108, height: 88, fx: 108, fy: 108, cx: 54, cy: 44 };
    const flat = cameraAt({ width: 2000, height: 2000, focal: 640 });
    const sharp = { ...flat, fy: 640, cx: 1000, cy: 1000 };
    const splats = randomSplats(400, 9, 9, 0.03);
    const psnr = await withKernels({}, (kernels) => {
      const placed = placeSplats(kernels, splats);
      const pictureOf = (seen: Camera, blur: number) => {
        const settings = { capacity: 400, harmonicsWidth: 9, near, cutoff: 1e-3, blur };
        const render = createSplatKernels(kernels, settings, placed.addresses);
        const { data, pitch } = render.render({ view: splatView(seen), background, degree: 1 }, 400);
        const copy = Float32Array.from(data);
        render.dispose();
        return { data: copy, pitch };
      };
      const ours = pictureOf(camera, 0.3);
      // The pixel's blur is that of the coarser picture.
      const warped = pictureOf(sharp, 0.3 * (640 / 108) ** 2);
      const direction = new Float64Array(3);
      let sum = 0;
      for (let row = 0; row < camera.height; row++)
        for (let column = 0; column < camera.width; column++) {
          pointDirection(camera, column + 0.5, row + 0.5, direction);
          const x = Math.round((sharp.fx * direction[0]!) / -direction[2]! + sharp.cx - 0.5);
          const y = Math.round((sharp.fy * direction[1]!) / direction[2]! + sharp.cy - 0.5);
          for (let k = 0; k < 3; k++)
            sum +=
              (ours.data[(row * ours.pitch + column) * 4 + k]! -
                warped.data[(y * warped.pitch + x) * 4 + k]!) **
              2;
        }
      placed.dispose();
      return -10 * Math.log10(sum / (3 * camera.width * camera.height));
    });
    expect(psnr).toBeGreaterThan(45);
  });
});
