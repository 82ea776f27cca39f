/** Splats as an SPZ file (Niantic, version 3): numbers in bytes, packed by gzip; about a tenth of a PLY. */
import { DataError } from '../../../errors.ts';
import type { SplatValues } from '../splatParameters.ts';
import { byteOf, opacityOf, unitRotation } from '../splatUnits.ts';

const magic = 0x5053474e;
/** Version 4 packs by Zstandard, which fewer viewers read. */
const version = 3;
const headerBytes = 16;
/** Bits behind the point of a coordinate, of 24, where the scene fits; as other writers have them. */
const usualFractionalBits = 12;
/** Harmonics of degree 1, and those of higher ones, are rounded to so many 128ths, as other writers do: rounder numbers pack better. */
const [firstDegreeStep, higherDegreeStep] = [8, 16];

/**
 * @param splats at least one
 * @returns the file. Rounded: positions to 1/4096 (finer where the scene is smaller than 1, coarser beyond 2048), logarithms of sizes to
 * 1/16 within -10..5.9, colours, opacities and rotations to 8 to 10 bits, harmonics within -1..1 to 1/16 (degree 1) and 1/8
 * @throws DataError for coordinates that 24 bits cannot hold
 */
export async function encodeSpz(splats: SplatValues, file: string): Promise<Uint8Array> {
  const count = splats.opacities.length;
  const width = splats.harmonics.length / count;
  const fractionalBits = fractionalBitsFor(splats.means, file);
  const bytes = new Uint8Array(headerBytes + count * (20 + width));
  const view = new DataView(bytes.buffer);
  for (const [k, value] of [magic, version, count].entries()) view.setUint32(k * 4, value, true);
  bytes.set([Math.sqrt(width / 3 + 1) - 1, fractionalBits], 12);
  let at = headerBytes;
  for (const value of splats.means) {
    const steps = Math.round(value * 2 ** fractionalBits);
    bytes.set([steps & 255, (steps >> 8) & 255, (steps >> 16) & 255], at);
    at += 3;
  }
  for (const logit of splats.opacities) bytes[at++] = byteOf(opacityOf(logit) * 255);
  for (const color of splats.colors) bytes[at++] = byteOf((0.15 * color + 0.5) * 255);
  for (const scale of splats.scales) bytes[at++] = byteOf((scale + 10) * 16);
  for (let index = 0; index < count; index++, at += 4)
    view.setUint32(at, packedRotation(unitRotation(splats.rotations, index)), true);
  for (const [k, value] of splats.harmonics.entries()) {
    const step = k % width < 9 ? firstDegreeStep : higherDegreeStep;
    bytes[at++] = byteOf(Math.round((value * 128 + 128) / step) * step);
  }
  const packed = new Blob([bytes]).stream().pipeThrough(new CompressionStream('gzip'));
  return new Uint8Array(await new Response(packed).arrayBuffer());
}

function fractionalBitsFor(means: Float32Array, file: string): number {
  const greatest = means.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const integerBits = Math.ceil(Math.log2(Math.max(greatest, 2 ** -11) * (1 + 2 ** -20)));
  if (integerBits > 23)
    throw new DataError(
      `${file}: SPZ holds coordinates up to ${2 ** 23}, a splat is at ${greatest}. Write it with --frame model, or as .ply.`,
      file,
    );
  return Math.min(23 - integerBits, usualFractionalBits - Math.min(0, integerBits));
}

/** The three smaller components of x, y, z, w in 10 bits each, sign first, and which one the largest is; it is made positive. */
function packedRotation([w, x, y, z]: readonly number[]): number {
  const rotation = [x!, y!, z!, w!];
  const sizes = rotation.map(Math.abs);
  const largest = sizes.indexOf(Math.max(...sizes));
  let packed = largest;
  for (const [k, value] of rotation.entries()) {
    if (k === largest) continue;
    const sign = value < 0 === rotation[largest]! < 0 ? 0 : 1;
    packed = packed * 1024 + sign * 512 + Math.round((sizes[k]! / Math.SQRT1_2) * 511);
  }
  return packed;
}
