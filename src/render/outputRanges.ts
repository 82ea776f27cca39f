/** The least and greatest values of outputs over a sequence, so that its pictures have the same colours for the same numbers. */
import type { Camera } from '../data/cameras/camera.ts';
import { resizeCamera } from '../data/cameras/resizeCamera.ts';
import type { ModelView } from '../pipeline/modelView.ts';
import type { CropTransform } from '../pipeline/pipeline.ts';
import type { OutputRanges } from './framePicture.ts';
import { renderWhole } from './renderWhole.ts';

/** Cameras that are looked through, evenly spaced in the sequence, and the longer side of their pictures. */
const probes = 8;
const probeSide = 64;
/** Share of the values that is left out at each end: what floats before the camera, and a gap to the sky. */
const trimmed = 0.05;

/**
 * Looks through some of the cameras in small. Colours, shares and directions have ranges of their own and get none.
 * @throws ConfigError for an output that the model does not have; the signal's reason
 */
export async function outputRanges(
  model: Pick<ModelView, 'render'>,
  cameras: readonly Camera[],
  outputs: readonly string[],
  signal?: AbortSignal,
  crop?: CropTransform,
): Promise<OutputRanges> {
  const values = new Map<string, number[]>();
  const count = Math.min(probes, cameras.length);
  for (let probe = 0; probe < count; probe++) {
    const camera = smaller(cameras[Math.floor((probe * cameras.length) / count)]!);
    const image = await renderWhole(model.render({ camera, outputs, ...(crop && { crop }) }), signal);
    for (const [name, { data, quantity }] of Object.entries(image.outputs)) {
      if (data instanceof Uint8Array || quantity === 'share' || quantity === 'direction') continue;
      const seen = Array.from(data).filter(
        (value) => Number.isFinite(value) && (value > 0 || quantity !== 'distance'),
      );
      values.set(name, [...(values.get(name) ?? []), ...seen]);
    }
  }
  return Object.fromEntries([...values].map(([name, list]) => [name, rangeOf(list)]));
}

function smaller(camera: Camera): Camera {
  const factor = Math.min(1, probeSide / Math.max(camera.width, camera.height));
  const side = (pixels: number) => Math.max(1, Math.round(pixels * factor));
  return resizeCamera(camera, side(camera.width), side(camera.height));
}

function rangeOf(values: number[]): readonly [number, number] {
  const sorted = values.sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.round(share * (sorted.length - 1))] ?? 0;
  return [at(trimmed), at(1 - trimmed)];
}
