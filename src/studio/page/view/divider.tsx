/** Where two sides of the picture meet: drag it, or move it with arrow keys. */
import { useStudio } from '../studio.ts';

export function Divider() {
  const { view } = useStudio();
  const set = (value: number) => {
    view.divide.value = Math.max(0, Math.min(1, value));
  };
  const percent = Math.round(view.divide.value * 100);
  return (
    <div
      class="divider"
      role="slider"
      aria-label="Where the two sides meet"
      aria-valuenow={percent}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuetext={`${percent} % from the left`}
      tabIndex={0}
      style={{ left: `${percent}%` }}
      onKeyDown={(event) => {
        // The picture behind would fly.
        event.stopPropagation();
        if (event.key === 'ArrowLeft') set(view.divide.value - 0.02);
        if (event.key === 'ArrowRight') set(view.divide.value + 0.02);
      }}
      onPointerDown={(event) => {
        event.stopPropagation();
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={({ currentTarget, pointerId, clientX }) => {
        if (!currentTarget.hasPointerCapture(pointerId)) return;
        const { left, width } = currentTarget.parentElement!.getBoundingClientRect();
        set((clientX - left) / width);
      }}
    />
  );
}
