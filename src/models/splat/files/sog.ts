/** Splats as a SOG file (PlayCanvas, version 2): numbers as pixels of lossless WebP pictures in a zip archive. */
import sharp from 'sharp';
import type { SplatValues } from '../splatParameters.ts';
import { byteOf, opacityOf, unitRotation } from '../splatUnits.ts';
import { codebookOf, nearestIn } from './codebook.ts';
import { harmonicsPalette } from './harmonicsPalette.ts';
import { storedZip } from './storedZip.ts';

/** A picture of `meta.json`. */
interface Texture {
  readonly width: number;
  readonly height: number;
  /** [height, width, 4] */
  readonly data: Uint8Array;
}

/** Colours, logarithms of sizes and harmonics are among so many values. */
const codebookSize = 256;
/** Rows of harmonics in a row of their picture. */
const paletteColumns = 64;

/**
 * @param splats at least one
 * @returns the file. Rounded: positions to 16 bits of sign(x) log(1 + |x|), logarithms of sizes, colours and harmonics to 256 values that
 * fit them, opacities and rotations to 8 bits; of more than 65,536 splats some share their harmonics
 */
export async function encodeSog(splats: SplatValues): Promise<Uint8Array> {
  const means = meansTextures(splats.means);
  const scales = codedTexture(splats.scales, () => 255);
  const colors = codedTexture(splats.colors, (index) => byteOf(opacityOf(splats.opacities[index]!) * 255));
  const harmonics = harmonicsTextures(splats);
  const textures: Record<string, Texture> = {
    ...{ 'means_l.webp': means.low, 'means_u.webp': means.high, 'scales.webp': scales.texture },
    ...{ 'quats.webp': rotationsTexture(splats.rotations), 'sh0.webp': colors.texture },
    ...(harmonics && { 'shN_centroids.webp': harmonics.palette, 'shN_labels.webp': harmonics.labels }),
  };
  const meta = {
    ...{ version: 2, asset: { generator: 'nerfstream' }, count: splats.opacities.length },
    means: { mins: means.least, maxs: means.greatest, files: ['means_l.webp', 'means_u.webp'] },
    scales: { codebook: [...scales.book], files: ['scales.webp'] },
    quats: { files: ['quats.webp'] },
    sh0: { codebook: [...colors.book], files: ['sh0.webp'] },
    ...(harmonics && { shN: harmonics.meta }),
  };
  const pictures = Object.entries(textures).map(
    async ([name, { width, height, data }]) =>
      [
        name,
        await sharp(data, { raw: { width, height, channels: 4 } })
          .webp({ lossless: true, exact: true })
          .toBuffer(),
      ] as const,
  );
  const json = new TextEncoder().encode(JSON.stringify(meta));
  return storedZip({ 'meta.json': json, ...Object.fromEntries(await Promise.all(pictures)) });
}

/** Room for a pixel a splat, row by row, with sides that are multiples of 4. */
function textureOf(count: number): Texture {
  const width = Math.ceil(Math.sqrt(count) / 4) * 4;
  const height = Math.ceil(count / width / 4) * 4;
  return { width, height, data: new Uint8Array(width * height * 4).fill(255) };
}

/** The low and high bytes of 16 bits between the least and the greatest logarithm of each axis. */
function meansTextures(means: Float32Array) {
  const logs = new Float64Array(means).map((value) => Math.sign(value) * Math.log1p(Math.abs(value)));
  const least = [Infinity, Infinity, Infinity];
  const greatest = [-Infinity, -Infinity, -Infinity];
  for (const [k, value] of logs.entries()) {
    least[k % 3] = Math.min(least[k % 3]!, value);
    greatest[k % 3] = Math.max(greatest[k % 3]!, value);
  }
  const [low, high] = [textureOf(means.length / 3), textureOf(means.length / 3)];
  for (const [k, value] of logs.entries()) {
    const span = greatest[k % 3]! - least[k % 3]! || 1;
    const steps = Math.round((65_535 * (value - least[k % 3]!)) / span);
    const at = Math.floor(k / 3) * 4 + (k % 3);
    low.data[at] = steps & 255;
    high.data[at] = steps >> 8;
  }
  return { least, greatest, low, high };
}

/** Three values a splat as places in a codebook, and a fourth byte. */
function codedTexture(values: Float32Array, fourth: (index: number) => number) {
  const book = codebookOf(values, codebookSize);
  const texture = textureOf(values.length / 3);
  for (const [k, value] of values.entries())
    texture.data[Math.floor(k / 3) * 4 + (k % 3)] = nearestIn(book, value);
  for (let index = 0; index * 3 < values.length; index++) texture.data[index * 4 + 3] = fourth(index);
  return { book, texture };
}

/** The three smaller components, with the sign that makes the largest positive, and which one that is (252: w, ... 255: z). */
function rotationsTexture(rotations: Float32Array): Texture {
  const count = rotations.length / 4;
  const texture = textureOf(count);
  for (let index = 0; index < count; index++) {
    const rotation = unitRotation(rotations, index);
    const sizes = rotation.map(Math.abs);
    const largest = sizes.indexOf(Math.max(...sizes));
    const factor = Math.SQRT2 * (rotation[largest]! < 0 ? -1 : 1);
    const rest = rotation.filter((_, k) => k !== largest).map((value) => value * factor);
    texture.data.set([...rest.map((value) => byteOf(255 * (value / 2 + 0.5))), 252 + largest], index * 4);
  }
  return texture;
}

/** A palette of rows of harmonics, whose numbers are places in a codebook, and for each splat its row; none for degree 0. */
function harmonicsTextures({ harmonics, opacities }: SplatValues) {
  const count = opacities.length;
  const terms = harmonics.length / count / 3;
  if (terms === 0) return undefined;
  const { rows, labels } = harmonicsPalette(harmonics, terms * 3);
  const book = codebookOf(rows, codebookSize);
  const paletteCount = rows.length / terms / 3;
  const [width, height] = [paletteColumns * terms, Math.ceil(paletteCount / paletteColumns)];
  const palette: Texture = { width, height, data: new Uint8Array(width * height * 4).fill(255) };
  for (const [k, value] of rows.entries())
    palette.data[Math.floor(k / 3) * 4 + (k % 3)] = nearestIn(book, value);
  const ofSplats = textureOf(count);
  for (const [index, label] of labels.entries())
    ofSplats.data.set([label & 255, label >> 8, 0, 255], index * 4);
  const files = ['shN_centroids.webp', 'shN_labels.webp'];
  const meta = { count: paletteCount, bands: Math.sqrt(terms + 1) - 1, codebook: [...book], files };
  return { palette, labels: ofSplats, meta };
}
