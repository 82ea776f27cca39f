/** What a dataparser yields: posed images, split into training and held-out ones, and the space they lie in. */
import type { Camera } from './cameras/camera.ts';
import type { PhotoFindings } from './photoFindings.ts';

/** A picture that says which pixels of a photo count. */
export interface MaskFile {
  readonly path: string;
  /** Which pixels neither train nor count: black ones (0), or all that are not black (instant-ngp's `dynamic_mask_*.png`). */
  readonly hides: 'black' | 'others';
}

/** An image file that exists, and its size. */
export interface StoredImage {
  readonly file: string;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
}

/** One photo: where it is and how it was taken. */
export interface Frame {
  /** `file_path` as the data set spells it. */
  readonly name: string;
  /** Path of the image file, which exists. */
  readonly image: string;
  /** Of the size that is trained on. */
  readonly camera: Camera;
  /** Where the pixels are read from, if not from a file of the camera's size at `image`: they are resized as they are decoded. */
  readonly stored?: StoredImage;
  /** Absent where all pixels count. */
  readonly mask?: MaskFile;
}

/** `model = scale * (transform * world)`: from the data set's coordinates to the model's. */
export interface WorldToModel {
  /** [3, 4] row-major, a rotation and a translation. */
  readonly transform: readonly number[];
  readonly scale: number;
}

/** Corners of an axis-aligned box: minimum x, y, z, then maximum x, y, z. */
export type Box = readonly [number, number, number, number, number, number];

/** Points on the scene's surfaces that whoever found the poses has found, too. */
export interface ScenePoints {
  /** [points, 3] float32, model coordinates */
  readonly positions: Float32Array;
  /** [points, 3] sRGB, 0..255 */
  readonly colors: Uint8Array;
}

/** A data set, ready to train on. Poses and box are in the model's coordinates. */
export interface Scene {
  /** At least one. */
  readonly train: readonly Frame[];
  /** Held out; may be empty (fewer than 10 photos and no list of test images). */
  readonly eval: readonly Frame[];
  /** True: nothing lies outside `aabb` (blender scenes). False: `aabb` is the region of interest, the scene goes on beyond it. */
  readonly bounded: boolean;
  readonly aabb: Box;
  /** Whether any image has transparent pixels to composite over a background. */
  readonly hasAlpha: boolean;
  readonly worldToModel: WorldToModel;
  /** How the scene was placed and why, where that was chosen: one line. */
  readonly placement?: string;
  /** What its photos say, as far as it was asked. */
  readonly findings?: PhotoFindings;
  /** The flat colour that opaque photos show all around what they are of. */
  readonly background?: 'white' | 'black';
  /** Absent where the data set has none. */
  readonly points?: ScenePoints;
}
