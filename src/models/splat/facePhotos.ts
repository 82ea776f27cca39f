/** The training photos as the splats' kernels can see them: those of other lenses are cut into the faces of lensFaces.ts, each a photo of its own. */
import { type Camera, type Intrinsics, sameIntrinsics } from '../../data/cameras/camera.ts';
import type { Image } from '../../data/image.ts';
import type { PhotoSize, Photos } from '../../data/photos.ts';
import { copyPixel } from '../../data/photos.ts';
import type { Frame } from '../../data/scene.ts';
import {
  faceCamera,
  faceDirection,
  faceOf,
  type ImagePoint,
  type LensFace,
  lensFaces,
  photoPlaces,
} from './lensFaces.ts';
import { hasProjection } from './splatView.ts';

/** A photo, or a face of one. */
interface Cut {
  readonly photo: number;
  /** Absent: the photo as it is. */
  readonly warp?: FaceWarp;
}

/** Where in the photo each pixel of a face is shown. */
interface FaceWarp {
  readonly width: number;
  readonly height: number;
  /** [height, width, 2] float32: column and row, pixels; NaN where the photo does not show it, or another face does. */
  readonly places: Float32Array;
  /** Whether columns go on at the other side. */
  readonly wraps: boolean;
}

export interface CutFrames {
  /** Of the frames given, or of their faces. */
  readonly frames: readonly Frame[];
  /** @param photos of the frames given @returns those of `frames` */
  readonly cut: (photos: Photos) => Photos;
  /** How many frames were cut. */
  readonly count: number;
}

/** Frames whose lenses the kernels have stay as they are, and so do their photos. */
export function cutFrames(frames: readonly Frame[]): CutFrames {
  if (frames.every(({ camera }) => hasProjection(camera)))
    return { frames, cut: (photos) => photos, count: 0 };
  const lenses: { lens: Intrinsics; faces: readonly LensFace[]; warps: FaceWarp[] }[] = [];
  const cutLens = (camera: Camera) => {
    let known = lenses.find(({ lens }) => sameIntrinsics(lens, camera));
    if (!known) {
      known = { lens: camera, faces: lensFaces(camera), warps: [] };
      lenses.push(known);
    }
    return known;
  };
  const facesOrFrame = frames.flatMap((frame) =>
    hasProjection(frame.camera)
      ? [frame]
      : cutLens(frame.camera).faces.map((face) => ({ ...frame, camera: faceCamera(face, frame.camera) })),
  );
  const cut = (photos: Photos): Photos => {
    const cuts = frames.flatMap(({ camera }, photo): Cut[] => {
      if (hasProjection(camera)) return [{ photo }];
      const known = cutLens(camera);
      if (known.warps.length === 0)
        known.warps = known.faces.map((face) => faceWarp(camera, known.faces, face));
      return known.warps.map((warp) => ({ photo, warp }));
    });
    return cutPhotos(photos, cuts);
  };
  const count = frames.filter(({ camera }) => !hasProjection(camera)).length;
  return { frames: facesOrFrame, cut, count };
}

function cutPhotos(photos: Photos, cuts: readonly Cut[]): Photos {
  const sizes = cuts.map(({ photo, warp }): PhotoSize => {
    const size = photos.sizes[photo]!;
    return warp ? { width: warp.width, height: warp.height, mask: maskOf(warp, size) } : size;
  });
  const read = (index: number): Image => {
    const { photo, warp } = cuts[index]!;
    const image = photos.read(photo);
    return warp ? { ...resample(image, warp), mask: sizes[index]!.mask! } : image;
  };
  return {
    sizes,
    read,
    readPixel: (index, pixel, out) =>
      cuts[index]!.warp
        ? copyPixel(read(index), pixel, out)
        : photos.readPixel(cuts[index]!.photo, pixel, out),
    readAhead: (index) => photos.readAhead(cuts[index]!.photo),
  };
}

/** Nodes of a grid on the face that are searched for; between them places are interpolated. Panoramas bend too much for that near the poles, and are quick. */
const nodeEvery = 8;

function faceWarp(lens: Intrinsics, faces: readonly LensFace[], face: LensFace): FaceWarp {
  const { width, height } = face.intrinsics;
  const find = photoPlaces(lens);
  const placeAt = (column: number, row: number) => find(faceDirection(face, { column, row }));
  const isPanorama = lens.model === 'EQUIRECTANGULAR';
  const between = isPanorama ? placeAt : interpolated(placeAt, width, height);
  const index = faces.indexOf(face);
  const places = new Float32Array(width * height * 2).fill(Number.NaN);
  for (let row = 0, at = 0; row < height; row++)
    for (let column = 0; column < width; column++, at += 2) {
      const point = { column: column + 0.5, row: row + 0.5 };
      const place = between(point.column, point.row);
      if (!place || place.column < 0 || place.row < 0) continue;
      if (place.column > lens.width || place.row > lens.height) continue;
      // What two faces show trains once.
      if (faceOf(faces, faceDirection(face, point)) !== index) continue;
      places[at] = place.column;
      places[at + 1] = place.row;
    }
  return { width, height, places, wraps: isPanorama && Math.abs(2 * lens.fx - lens.width) < 1 };
}

type Places = (column: number, row: number) => ImagePoint | undefined;

/** Bilinear between nodes; undefined beside one that has no place. */
function interpolated(placeAt: Places, width: number, height: number): Places {
  const columns = Math.ceil(width / nodeEvery) + 1;
  const rows = Math.ceil(height / nodeEvery) + 1;
  const nodes = Array.from({ length: columns * rows }, (_, node) =>
    placeAt((node % columns) * nodeEvery, Math.floor(node / columns) * nodeEvery),
  );
  return (column, row) => {
    const [left, top] = [Math.floor(column / nodeEvery), Math.floor(row / nodeEvery)];
    const [across, down] = [column / nodeEvery - left, row / nodeEvery - top];
    const at = top * columns + left;
    const [a, b, c, d] = [nodes[at], nodes[at + 1], nodes[at + columns], nodes[at + columns + 1]];
    if (!a || !b || !c || !d) return undefined;
    const mix = (key: keyof ImagePoint) =>
      (1 - down) * ((1 - across) * a[key] + across * b[key]) +
      down * ((1 - across) * c[key] + across * d[key]);
    return { column: mix('column'), row: mix('row') };
  };
}

/** The four pixels around a place and how much each counts. */
interface Neighbours {
  readonly pixels: Int32Array;
  readonly weights: Float64Array;
}

function neighbours({ wraps }: FaceWarp, { width, height }: PhotoSize, out: Neighbours): Place {
  const { pixels, weights } = out;
  return (column, row) => {
    const [x, y] = [column - 0.5, row - 0.5];
    const [left, top] = [Math.floor(x), Math.floor(y)];
    const [across, down] = [x - left, y - top];
    const inside = (k: number, side: number) => Math.max(0, Math.min(side - 1, k));
    const columnOf = (k: number) => (wraps ? (k + width) % width : inside(k, width));
    const [above, below] = [inside(top, height) * width, inside(top + 1, height) * width];
    const [first, second] = [columnOf(left), columnOf(left + 1)];
    pixels.set([above + first, above + second, below + first, below + second]);
    weights.set([(1 - across) * (1 - down), across * (1 - down), (1 - across) * down, across * down]);
  };
}
type Place = (column: number, row: number) => void;

/** 0 where the photo shows nothing, or something that its own mask hides. */
function maskOf(warp: FaceWarp, size: PhotoSize): Uint8Array {
  const around = { pixels: new Int32Array(4), weights: new Float64Array(4) };
  const look = neighbours(warp, size, around);
  return Uint8Array.from({ length: warp.width * warp.height }, (_, pixel) => {
    const [column, row] = [warp.places[2 * pixel]!, warp.places[2 * pixel + 1]!];
    if (Number.isNaN(column)) return 0;
    if (!size.mask) return 255;
    look(column, row);
    return around.pixels.every((at) => size.mask![at] !== 0) ? 255 : 0;
  });
}

/** Bilinear, colours by their alpha. */
function resample(image: Image, warp: FaceWarp): Image {
  const { channels, data } = image;
  const { width, height, places } = warp;
  const around = { pixels: new Int32Array(4), weights: new Float64Array(4) };
  const look = neighbours(warp, image, around);
  const out = new Uint8Array(width * height * channels);
  const sum = new Float64Array(3);
  for (let pixel = 0; pixel < width * height; pixel++) {
    if (Number.isNaN(places[2 * pixel]!)) continue;
    look(places[2 * pixel]!, places[2 * pixel + 1]!);
    sum.fill(0);
    let light = 0;
    for (let k = 0; k < 4; k++) {
      const from = around.pixels[k]! * channels;
      const weight = around.weights[k]! * (channels === 4 ? data[from + 3]! / 255 : 1);
      light += weight;
      for (let c = 0; c < 3; c++) sum[c]! += weight * data[from + c]!;
    }
    for (let c = 0; c < 3; c++) out[pixel * channels + c] = light > 0 ? Math.round(sum[c]! / light) : 0;
    if (channels === 4) out[pixel * channels + 3] = Math.round(255 * light);
  }
  return { width, height, channels, data: out };
}
