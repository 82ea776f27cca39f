/** Pictures by lenses that splats cannot be projected through: gathered from pictures of the faces of lensFaces.ts. */
import { type Camera, type Intrinsics, sameIntrinsics } from '../../data/cameras/camera.ts';
import { pointDirection } from '../../data/cameras/cameraDirections.ts';
import type { Vector3 } from '../../data/vector3.ts';
import { faceCamera, faceOf, type LensFace, lensFaces, placeInFace } from './lensFaces.ts';

/** Where the pixels of a picture lie in the faces. */
interface LensWarp {
  readonly lens: Intrinsics;
  readonly faces: readonly LensFace[];
  /** [pixels] which face. */
  readonly face: Uint8Array;
  /** [pixels, 2] float32: column and row in it, pixels. */
  readonly places: Float32Array;
}

export interface ThroughFaces {
  /** The pinhole cameras whose pictures are needed for a picture by `camera`. */
  cameras(camera: Camera): readonly Camera[];
  /**
   * Writes what face `index` of `cameras` shows into the picture, between its pixels in proportion.
   * @param from [height, width, channels] of the face @param out [height, width, channels] of the picture
   */
  gather(
    camera: Camera,
    index: number,
    channels: number,
    from: ArrayLike<number>,
    out: { [index: number]: number },
  ): void;
}

/** Remembers the lens that was looked through last: flights look through one. */
export function createThroughFaces(): ThroughFaces {
  let known: LensWarp | undefined;
  const warpOf = (camera: Camera): LensWarp => {
    if (!known || !sameIntrinsics(known.lens, camera)) known = lensWarp(camera);
    return known;
  };
  return {
    cameras: (camera) => warpOf(camera).faces.map((face) => faceCamera(face, camera)),
    gather(camera, index, channels, from, out) {
      const { faces, face, places } = warpOf(camera);
      const { width, height } = faces[index]!.intrinsics;
      for (let pixel = 0; pixel < face.length; pixel++) {
        if (face[pixel] !== index) continue;
        const x = Math.max(0, Math.min(width - 1, places[2 * pixel]! - 0.5));
        const y = Math.max(0, Math.min(height - 1, places[2 * pixel + 1]! - 0.5));
        const [left, top] = [Math.min(width - 2, Math.floor(x)), Math.min(height - 2, Math.floor(y))];
        const [across, down] = [x - left, y - top];
        const at = (top * width + left) * channels;
        const below = at + width * channels;
        for (let c = 0; c < channels; c++)
          out[pixel * channels + c] =
            (1 - down) * ((1 - across) * from[at + c]! + across * from[at + channels + c]!) +
            down * ((1 - across) * from[below + c]! + across * from[below + channels + c]!);
      }
    },
  };
}

function lensWarp(lens: Intrinsics): LensWarp {
  const faces = lensFaces(lens);
  const pixels = lens.width * lens.height;
  const [face, places] = [new Uint8Array(pixels), new Float32Array(2 * pixels)];
  const direction = new Float64Array(3);
  for (let row = 0, pixel = 0; row < lens.height; row++)
    for (let column = 0; column < lens.width; column++, pixel++) {
      pointDirection(lens, column + 0.5, row + 0.5, direction);
      const there = direction as unknown as Vector3;
      const index = faceOf(faces, there);
      const place = placeInFace(faces[index]!, there);
      face[pixel] = index;
      // A lens may show what lies behind all of its faces only beyond what it was measured for: the face's middle then.
      const { width, height } = faces[index]!.intrinsics;
      places[2 * pixel] = place?.column ?? width / 2;
      places[2 * pixel + 1] = place?.row ?? height / 2;
    }
  return { lens, faces, face, places };
}
