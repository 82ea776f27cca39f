/** Cameras, axes and the planned path over the picture. Without WebGL the picture stands alone. */
import { computed, effect, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { movedPoint } from '../../../data/similarity.ts';
import type { StudioScene } from '../../protocol.ts';
import { resolvedColor } from '../controls/resolvedColor.ts';
import { notify } from '../store.ts';
import { type Studio, useStudio } from '../studio.ts';
import { backFrom, boxEdges, type Crop, cornersOf, placementOf } from './crop.ts';
import { measures } from './measures.ts';
import type { OverlayContent, SceneOverlay, Segment } from './sceneOverlay.ts';
import { splits } from './viewState.ts';

/** How far frusta open, as a share of the scene's radius. */
const frustumSize = 0.08;

export function OverlayCanvas() {
  const studio = useStudio();
  const { store, view } = studio;
  const canvas = useRef<HTMLCanvasElement>(null);
  const overlay = useSignal<SceneOverlay | undefined>(undefined);
  const isWanted =
    view.showsCameras.value ||
    view.showsAxes.value ||
    view.crop.value?.isOn === true ||
    view.path.value.length > 1;

  useEffect(() => {
    if (!isWanted || overlay.value) return;
    import('./sceneOverlay.ts')
      .then(({ SceneOverlay }) => {
        if (canvas.current) overlay.value = new SceneOverlay(canvas.current);
      })
      .catch(() =>
        notify(store, 'This browser has no WebGL: cameras, axes and paths cannot be drawn.', true),
      );
  }, [isWanted, overlay, store]);
  useEffect(() => {
    const content = computed(() => contentOf(studio, canvas.current!));
    let drawn: OverlayContent | undefined;
    const end = effect(() => {
      const scene = overlay.value;
      if (!scene) return;
      if (content.value !== drawn) scene.setContent(content.value);
      drawn = content.value;
      const { radius } = view.outlook.value;
      const { cameraToWorld } = view.pose.value;
      const viewport = { cameraToWorld, fieldOfView: view.fieldOfView.value, ...view.size.value };
      // Nearer than a frustum opens: one does not look through the frame of a camera that one stands in.
      scene.draw(viewport, radius * frustumSize * 1.1, radius * 200);
    });
    return () => {
      end();
      overlay.value?.dispose();
    };
  }, [studio, view, overlay]);
  return <canvas class="overlay" ref={canvas} style={{ display: isWanted ? 'block' : 'none' }} />;
}

function contentOf({ store, view }: Studio, host: HTMLElement): OverlayContent {
  const scene = store.hello.value?.scene;
  const { radius } = view.outlook.value;
  const colors = {
    train: resolvedColor(host.parentElement!, '--train-camera'),
    eval: resolvedColor(host.parentElement!, '--eval-camera'),
    grid: resolvedColor(host.parentElement!, '--control'),
    crop: resolvedColor(host.parentElement!, '--warn'),
  };
  const frusta = splits.flatMap((split) =>
    (scene?.[split] ?? []).map(({ camera }) => ({ ...camera, color: colors[split] })),
  );
  const shown = view.showsAxes.value
    ? measures(scene, view.outlook.value, view.up.value, colors.grid)
    : undefined;
  const crop = view.crop.value;
  return {
    frusta: view.showsCameras.value ? frusta : [],
    size: radius * frustumSize,
    axes: shown?.axes,
    lines: [...(shown?.grid ?? []), ...(crop?.isOn ? boxLines(scene, crop, colors.crop) : [])],
    path: view.path.value,
  };
}

function boxLines(scene: StudioScene | undefined, { frame, box }: Crop, color: string): Segment[] {
  const toModel = backFrom(placementOf(scene, frame));
  const corners = cornersOf(box).map((corner) => movedPoint(toModel, ...corner));
  return boxEdges.map(([from, to]) => ({ from: corners[from]!, to: corners[to]!, color }));
}
