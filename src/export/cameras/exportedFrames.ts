/** The photos of a scene as they are exported: each once, with its camera in the frame that was asked for. */
import type { Frame, Scene } from '../../data/scene.ts';
import { type CoordinateFrame, fromModelTo, movedCamera } from '../../data/similarity.ts';

export interface ExportedFrame extends Frame {
  /** Which of the lists of the split it stands in; both with `data.split=all`. */
  readonly trains: boolean;
  readonly isHeldOut: boolean;
}

/** In order of their files' paths. */
export function exportedFrames(
  { train, eval: held, worldToModel }: Pick<Scene, 'train' | 'eval' | 'worldToModel'>,
  frame: CoordinateFrame,
): ExportedFrame[] {
  const placement = fromModelTo(frame, worldToModel);
  const trains = new Set(train.map(({ image }) => image));
  const isHeldOut = new Set(held.map(({ image }) => image));
  const unique = new Map([...train, ...held].map((photo) => [photo.image, photo]));
  return [...unique.values()]
    .sort((a, b) => (a.image < b.image ? -1 : 1))
    .map((photo) => ({
      ...photo,
      camera: movedCamera(photo.camera, placement),
      trains: trains.has(photo.image),
      isHeldOut: isHeldOut.has(photo.image),
    }));
}
