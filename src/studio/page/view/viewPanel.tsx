/** The picture of the scene at the visitor's camera, large, with its tools on it. */
import { useSignal } from '@preact/signals';
import { useCallback, useEffect, useRef } from 'preact/hooks';
import type { Store } from '../store.ts';
import { useStudio } from '../studio.ts';
import { CameraStrip } from './cameraStrip.tsx';
import { CropHandles } from './cropHandles.tsx';
import { Divider } from './divider.tsx';
import { type Hovered, HoveredCamera } from './hoveredCamera.tsx';
import type { Frame } from './lookCamera.ts';
import { OverlayCanvas } from './overlayCanvas.tsx';
import { PhotoLayer } from './photoLayer.tsx';
import { ScaleBar } from './scaleBar.tsx';
import { useLooks } from './useLooks.ts';
import { useViewControls } from './useViewControls.ts';
import { ViewFacts } from './viewFacts.tsx';
import { ViewTools } from './viewTools.tsx';

const label =
  'The scene. Drag to turn, W A S D Q E to fly, arrow keys to look around, plus and minus to come nearer, R to go back to the start.';

export function ViewPanel() {
  const { store, view, run } = useStudio();
  const stage = useRef<HTMLDivElement>(null);
  const layers = useRef<HTMLDivElement>(null);
  const first = useRef<HTMLCanvasElement>(null);
  const second = useRef<HTMLCanvasElement>(null);
  const hovered = useSignal<Hovered | undefined>(undefined);

  const place = useCallback(({ left, top, width, height }: Frame) => {
    const { style } = layers.current!;
    style.left = `${left}px`;
    style.top = `${top}px`;
    style.width = `${width}px`;
    style.height = `${height}px`;
  }, []);
  useEffect(() => {
    const watcher = new ResizeObserver(([entry]) => {
      const { width, height } = entry!.contentRect;
      if (width > 0 && height > 0) view.size.value = { width: Math.round(width), height: Math.round(height) };
    });
    watcher.observe(stage.current!);
    return () => watcher.disconnect();
  }, [view]);
  useLooks(first, second, place);
  useViewControls(stage, hovered);

  const isSplit = view.secondOutput.value !== '' || view.comparison.value === 'slider';
  const cut = `inset(0 0 0 ${view.divide.value * 100}%)`;
  return (
    <div class="view">
      <div class="picture">
        {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the picture takes keys to fly */}
        <div class="stage" ref={stage} tabIndex={0} role="application" aria-label={label}>
          <div class="layers" ref={layers}>
            <canvas ref={first} />
            <canvas
              ref={second}
              style={{ clipPath: cut, display: view.secondOutput.value ? 'block' : 'none' }}
            />
            <PhotoLayer cut={cut} />
            {isSplit && <Divider />}
          </div>
          <OverlayCanvas />
          <CropHandles />
          <HoveredCamera hovered={hovered} />
          {!view.picture.value && <p class="waiting">{waiting(store, run.value)}</p>}
        </div>
        <ViewTools />
        <ScaleBar />
        <ViewFacts />
      </div>
      <CameraStrip />
    </div>
  );
}

/** @param chosen the run's name, if one was chosen */
function waiting({ hello, unavailable, connection }: Store, chosen: string | undefined): string {
  if (unavailable.value !== undefined && chosen === undefined) return unavailable.value;
  if (unavailable.value !== undefined)
    return `This run cannot be shown. ${unavailable.value} Others are in the panel Runs.`;
  if (!hello.value) return connection.value === 'lost' ? 'The studio does not answer.' : '';
  const { run, scene, outputs } = hello.value;
  if (run.mode === 'attached' && !scene)
    return 'Pictures come with its first checkpoint: another process trains this run, and has saved nothing yet.';
  return scene && outputs.length === 0
    ? 'There are no pictures of this model: it has no function that renders.'
    : 'Waiting for the first picture…';
}
