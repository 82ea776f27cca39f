/** Writes COLMAP's `cameras.bin`. */
import { type ColmapCamera, colmapLensNumber } from './colmapModel.ts';

/** The counterpart of `readCamerasBinary`. @param cameras by their numbers, of known camera models */
export function writeCamerasBinary(cameras: ReadonlyMap<number, ColmapCamera>): Uint8Array {
  const sizes = [...cameras.values()].map(({ parameters }) => 24 + 8 * parameters.length);
  const bytes = new Uint8Array(8 + sizes.reduce((sum, size) => sum + size, 0));
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(cameras.size), true);
  let at = 8;
  for (const [id, { model, width, height, parameters }] of cameras) {
    view.setInt32(at, id, true);
    view.setInt32(at + 4, colmapLensNumber(model), true);
    view.setBigUint64(at + 8, BigInt(width), true);
    view.setBigUint64(at + 16, BigInt(height), true);
    at += 24;
    for (const value of parameters) {
      view.setFloat64(at, value, true);
      at += 8;
    }
  }
  return bytes;
}
