/** Splats as a `.splat` file (antimatter15's viewer, 2023): 32 bytes each, without harmonics. */
import type { SplatValues } from '../splatParameters.ts';
import { byteOf, colorOf, opacityOf, unitRotation } from '../splatUnits.ts';

const bytesPerSplat = 32;

/**
 * Records of position and size (three float32 each), red, green, blue and opacity (bytes), and the rotation w, x, y, z in bytes of
 * (value + 1) * 128. Large and opaque ones come first, so that a viewer that shows a file while it loads has the scene early.
 *
 * @returns the file; what directions change of colours is left out: the format has no place for it
 */
export function encodeAntimatterSplat(splats: SplatValues): Uint8Array {
  const count = splats.opacities.length;
  const bytes = new Uint8Array(count * bytesPerSplat);
  const view = new DataView(bytes.buffer);
  largestFirst(splats).forEach((index, place) => {
    const at = place * bytesPerSplat;
    for (let axis = 0; axis < 3; axis++) {
      const from = index * 3 + axis;
      view.setFloat32(at + axis * 4, splats.means[from]!, true);
      view.setFloat32(at + 12 + axis * 4, Math.exp(splats.scales[from]!), true);
      bytes[at + 24 + axis] = byteOf(colorOf(splats.colors[from]!) * 255);
    }
    bytes[at + 27] = byteOf(opacityOf(splats.opacities[index]!) * 255);
    unitRotation(splats.rotations, index).forEach((value, k) => {
      bytes[at + 28 + k] = byteOf((value + 1) * 128);
    });
  });
  return bytes;
}

/** Indices by opacity times volume, the largest first. */
function largestFirst({ scales, opacities }: SplatValues): number[] {
  const weights = Array.from(
    opacities,
    (logit, index) =>
      opacityOf(logit) * Math.exp(scales[index * 3]! + scales[index * 3 + 1]! + scales[index * 3 + 2]!),
  );
  return Array.from(weights, (_, index) => index).sort((a, b) => weights[b]! - weights[a]!);
}
