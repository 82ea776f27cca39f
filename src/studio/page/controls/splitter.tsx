/** The line between picture and panel: drag it, or move it with arrow keys. */
import type { Signal } from '@preact/signals';

const stepPixels = 24;

/** @param least width of the panel in pixels */
export function Splitter({ width, least }: { readonly width: Signal<number>; readonly least: number }) {
  const most = () => Math.max(least, Math.round(innerWidth * 0.7));
  const set = (value: number) => {
    width.value = Math.max(least, Math.min(most(), Math.round(value)));
  };
  return (
    // biome-ignore lint/a11y/useSemanticElements: a separator that moves is no <hr>
    <div
      class="splitter"
      role="separator"
      aria-orientation="vertical"
      aria-label="Width of the panel"
      aria-valuenow={width.value}
      aria-valuemin={least}
      aria-valuemax={most()}
      tabIndex={0}
      onKeyDown={({ key }) => {
        if (key === 'ArrowLeft') set(width.value + stepPixels);
        if (key === 'ArrowRight') set(width.value - stepPixels);
      }}
      onPointerDown={({ currentTarget, pointerId }) => currentTarget.setPointerCapture(pointerId)}
      onPointerMove={({ currentTarget, pointerId, clientX }) => {
        if (currentTarget.hasPointerCapture(pointerId)) set(innerWidth - clientX);
      }}
    />
  );
}
