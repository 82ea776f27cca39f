/** COLMAP's binary files (`cameras.bin`, `images.bin`, `points3D.bin`), as COLMAP 3 and 4 write them: little-endian, without a header. */
import { DataError } from '../../../errors.ts';
import type { WorldPoints } from '../captureScene.ts';
import { type ColmapCamera, type ColmapImage, colmapLensOf } from './colmapModel.ts';

/** Bytes of a file, in order; every read is checked against what is left. */
interface Reader {
  readonly left: number;
  i32(): number;
  u8(): number;
  f64(): number;
  /** A count or size; such a number is not used before what it counts is known to be there. */
  u64(): number;
  /** Text up to a 0 byte. */
  text(): string;
  skip(bytes: number): void;
  /** A count of records that take at least `bytes` each. */
  count(bytes: number): number;
}

/** @throws DataError, one line: where the file ends or what is wrong in it */
export function readCamerasBinary(bytes: Uint8Array, file: string): Map<number, ColmapCamera> {
  const reader = readerOf(bytes, file);
  const cameras = new Map<number, ColmapCamera>();
  for (let left = reader.count(24); left > 0; left--) {
    const id = reader.i32();
    const number = reader.i32();
    const lens = colmapLensOf(number);
    // The number of its parameters, and so where the next camera begins, is not known.
    if (!lens)
      throw new DataError(
        `${file}: camera ${id} has the unknown model number ${number}. Is it a COLMAP model? Undistort the photos with COLMAP (image_undistorter).`,
        file,
      );
    const [width, height] = [reader.u64(), reader.u64()];
    const parameters = Array.from({ length: lens.parameters }, () => reader.f64());
    cameras.set(id, { model: lens.name, width, height, parameters });
  }
  return cameras;
}

/** Where an image sees a point: the image's place in the list, pixels, the point's number. */
export type Observe = (image: number, x: number, y: number, point: number) => void;

/**
 * @param observe called for every feature of every image; those that are of no point have a number that no point has
 * @throws DataError as {@link readCamerasBinary}
 */
export function readImagesBinary(bytes: Uint8Array, file: string, observe?: Observe): ColmapImage[] {
  const reader = readerOf(bytes, file);
  const images: ColmapImage[] = [];
  for (let left = reader.count(73); left > 0; left--) {
    reader.i32();
    const rotation = [reader.f64(), reader.f64(), reader.f64(), reader.f64()] as const;
    const translation = [reader.f64(), reader.f64(), reader.f64()] as const;
    const cameraId = reader.i32();
    images.push({ name: reader.text(), cameraId, rotation, translation });
    const observations = reader.count(24);
    if (observe === undefined) reader.skip(observations * 24);
    else
      for (let rest = observations; rest > 0; rest--)
        observe(images.length - 1, reader.f64(), reader.f64(), reader.u64());
  }
  return images;
}

/**
 * @param identify called with the number of each point and its place in the list
 * @throws DataError as {@link readCamerasBinary}
 */
export function readPointsBinary(
  bytes: Uint8Array,
  file: string,
  identify?: (point: number, place: number) => void,
): WorldPoints {
  const reader = readerOf(bytes, file);
  const count = reader.count(51);
  const positions = new Float64Array(count * 3);
  const colors = new Uint8Array(count * 3);
  for (let point = 0; point < count; point++) {
    const id = reader.u64();
    identify?.(id, point);
    for (let axis = 0; axis < 3; axis++) positions[point * 3 + axis] = reader.f64();
    for (let channel = 0; channel < 3; channel++) colors[point * 3 + channel] = reader.u8();
    reader.skip(8);
    const track = reader.count(8);
    reader.skip(track * 8);
  }
  return { positions, colors };
}

function readerOf(bytes: Uint8Array, file: string): Reader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const take = (size: number): number => {
    if (size > bytes.length - at)
      throw new DataError(
        `${file}: ends too early, after ${bytes.length} bytes. It is damaged or was copied in part: copy it again.`,
        file,
      );
    at += size;
    return at - size;
  };
  const reader: Reader = {
    get left() {
      return bytes.length - at;
    },
    i32: () => view.getInt32(take(4), true),
    u8: () => view.getUint8(take(1)),
    f64: () => view.getFloat64(take(8), true),
    u64: () => Number(view.getBigUint64(take(8), true)),
    text() {
      const end = bytes.indexOf(0, at);
      const text = new TextDecoder().decode(bytes.subarray(at, end < 0 ? bytes.length : end));
      take((end < 0 ? bytes.length : end) - at + 1);
      return text;
    },
    skip: (size) => void take(size),
    count(size) {
      const count = reader.u64();
      if (count * size > reader.left)
        throw new DataError(
          `${file}: announces ${count} entries, which do not fit into its ${bytes.length} bytes. It is damaged or no file of COLMAP's: copy it again.`,
          file,
        );
      return count;
    },
  };
  return reader;
}
