/** Numbers of outputs as files for other programs: NumPy arrays, and depth as 16-bit grey. */
import sharp from 'sharp';
import type { RenderedImage, RenderedOutput } from '../pipeline/pipeline.ts';

/**
 * A NumPy file (version 1.0): [height, width] of one channel, else [height, width, channels]; uint8 colours, float32 all else, little-endian.
 * Source: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
 */
export function encodeNpy(
  { width, height }: Pick<RenderedImage, 'width' | 'height'>,
  { channels, data }: RenderedOutput,
): Uint8Array {
  const type = data instanceof Uint8Array ? '|u1' : '<f4';
  const shape = channels === 1 ? [height, width] : [height, width, channels];
  const text = `{'descr': '${type}', 'fortran_order': False, 'shape': (${shape.join(', ')}), }`;
  // The header's length is a multiple of 64, its last character a line's end.
  const head = `${text.padEnd(64 * Math.ceil((10 + text.length + 1) / 64) - 11)}\n`;
  const bytes = new Uint8Array(10 + head.length + data.byteLength);
  bytes.set([0x93, ...new TextEncoder().encode('NUMPY'), 1, 0, head.length & 255, head.length >> 8]);
  bytes.set(new TextEncoder().encode(head), 10);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), 10 + head.length);
  return bytes;
}

/**
 * A 16-bit grey PNG: `distance / unit`, rounded; 0 where nothing is seen, 65,535 and farther as 65,535.
 * @param unit distance of a step, in the units of the output
 */
export function encodeDepth16(
  { width, height }: Pick<RenderedImage, 'width' | 'height'>,
  { data }: RenderedOutput,
  unit: number,
): Promise<Uint8Array> {
  const steps = new Uint16Array(data.length).map((_, pixel) =>
    Math.min(65_535, Math.max(0, Math.round(data[pixel]! / unit))),
  );
  return sharp(steps, { raw: { width, height, channels: 1 } })
    .toColourspace('grey16')
    .png()
    .toBuffer();
}
