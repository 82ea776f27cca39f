/** Cameras, axes and the planned path over the picture. Without WebGL the picture stands alone. */
import { computed, effect, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { resolvedColor } from '../controls/resolvedColor.ts';
import { notify } from '../store.ts';
import { type Studio, useStudio } from '../studio.ts';
import type { OverlayContent, SceneOverlay } from './sceneOverlay.ts';
import { splits } from './viewState.ts';

/** How far frusta open, as a share of the scene's radius. */
const frustumSize = 0.08;

export function OverlayCanvas() {
  const studio = useStudio();
  const { store, view } = studio;
  const canvas = useRef<HTMLCanvasElement>(null);
  const overlay = useSignal<SceneOverlay | undefined>(undefined);
  const isWanted = view.showsCameras.value || view.showsAxes.value || view.path.value.length > 1;

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
  const { focus, radius } = view.outlook.value;
  const colors = {
    train: resolvedColor(host.parentElement!, '--train-camera'),
    eval: resolvedColor(host.parentElement!, '--eval-camera'),
  };
  const frusta = splits.flatMap((split) =>
    (scene?.[split] ?? []).map(({ camera }) => ({ ...camera, color: colors[split] })),
  );
  return {
    frusta: view.showsCameras.value ? frusta : [],
    size: radius * frustumSize,
    axes: view.showsAxes.value ? { origin: focus, length: radius * 0.25 } : undefined,
    path: view.path.value,
  };
}
