/** What a scene's photos say that its files do not: whether it has surroundings, how far it reaches, what colour is behind it. */
import { backdropOf, reachOfContents, samplePhoto } from '../backdrop.ts';
import { loadImage } from '../images.ts';
import { mapConcurrently } from '../mapConcurrently.ts';
import type { PhotoFindings } from '../photoFindings.ts';
import { commonFocus } from '../poses/choosePlacement.ts';
import { type PlacementOptions, placePoses } from '../poses/placePoses.ts';
import type { Box, Frame, Scene, ScenePoints, WorldToModel } from '../scene.ts';
import { placePositions } from '../similarity.ts';
import type { Vector3 } from '../vector3.ts';

/** Photos that are looked at, evenly spaced. */
const mostLooked = 8;
/** Of them so many are decoded at a time. */
const concurrency = 4;
/** The box around what photos show is so much larger: few of them were looked at. */
const margin = 1.15;

/**
 * Looks at a few photos.
 * @param scene as its dataparser gave it
 * @throws DataError for a photo that cannot be decoded
 */
export async function lookAtPhotos(scene: Scene): Promise<PhotoFindings> {
  const count = Math.min(mostLooked, scene.train.length);
  const frames = Array.from(
    { length: count },
    (_, k) => scene.train[Math.floor((k * scene.train.length) / count)]!,
  );
  const photos = await mapConcurrently(frames, concurrency, async ({ image }) =>
    samplePhoto(await loadImage(image)),
  );
  const backdrop = backdropOf(photos);
  if (backdrop !== 'transparent' && backdrop !== 'white' && backdrop !== 'black')
    return { backdrop, reach: 0 };
  const center = lookedAt(scene);
  return { backdrop, reach: center ? reachOfContents(frames, photos, backdrop, center) : 0 };
}

/**
 * What follows from what photos say. Where they are opaque and one flat white or black all around, that is the scene's background. Unless `center`
 * is given, also: what is cut out, or stands before a flat background, is a bounded scene, in a box that holds all of it; and a scene of the blender
 * format whose opaque photos show surroundings is placed as a capture and goes on beyond its box.
 *
 * @param scene as its dataparser gave it
 */
export function fitScene(scene: Scene, placement: PlacementOptions, findings: PhotoFindings): Scene {
  const { backdrop } = findings;
  const chooses = placement.center === 'auto';
  switch (backdrop) {
    case 'surroundings':
      return { ...(scene.bounded && chooses ? withSurroundings(scene, placement) : scene), findings };
    case 'plain':
    case 'unknown':
      return { ...scene, findings };
    default: {
      const fitted = { ...(chooses ? withBox(scene, findings) : scene), findings };
      return backdrop === 'transparent' ? fitted : { ...fitted, background: backdrop };
    }
  }
}

/** The point that the scene's cameras look at, if they do. */
function lookedAt({ train }: Scene): Vector3 | undefined {
  return commonFocus(train.map(({ camera }) => camera.cameraToWorld));
}

/** The scene as a bounded one whose box holds all that is before the backdrop, if its box does not yet. */
function withBox(scene: Scene, { backdrop, reach }: PhotoFindings): Scene {
  const center = reach === 0 ? undefined : lookedAt(scene);
  if (!center) return scene;
  const { aabb } = scene;
  const isHeld = center.every(
    (value, axis) => value - reach >= aabb[axis]! && value + reach <= aabb[axis + 3]!,
  );
  if (scene.bounded && isHeld) return scene;
  const corner = (side: number) => center.map((value) => value + side * margin * reach);
  const size = (2 * margin * reach).toPrecision(3);
  const found = `what the photos show before a ${backdrop} backdrop lies in a box of ${size} units, and nothing is outside`;
  return {
    ...scene,
    bounded: true,
    aabb: [...corner(-1), ...corner(1)] as unknown as Box,
    placement: scene.placement === undefined ? found : `${scene.placement}; ${found}`,
  };
}

/** The scene's coordinates are `scale` times the world's. */
function withSurroundings(scene: Scene, options: PlacementOptions): Scene {
  const { scale } = scene.worldToModel;
  const frames = [...scene.train, ...scene.eval];
  const { poses, worldToModel, chosen } = placePoses(
    frames.map(({ camera }) => camera.cameraToWorld),
    // A fitted scale undoes the one that the dataparser applied.
    { ...options, orientation: 'none', scale: options.autoScale === false ? 1 : options.scale },
  );
  const placed = frames.map(
    (frame, index): Frame => ({ ...frame, camera: { ...frame.camera, cameraToWorld: poses[index]! } }),
  );
  return {
    ...scene,
    train: placed.slice(0, scene.train.length),
    eval: placed.slice(scene.train.length),
    bounded: false,
    aabb: [-1, -1, -1, 1, 1, 1],
    worldToModel: {
      transform: worldToModel.transform.map((value, index) => (index % 4 === 3 ? value / scale : value)),
      scale: worldToModel.scale * scale,
    },
    placement: `the photos are opaque and show surroundings, so that the scene goes on beyond its box: ${chosen}`,
    ...(scene.points && { points: movedPoints(scene.points, worldToModel) }),
  };
}

function movedPoints({ positions, colors }: ScenePoints, moved: WorldToModel): ScenePoints {
  return { positions: placePositions(positions, moved, new Float32Array(positions.length)), colors };
}
