/** The photo of the camera under the pointer, beside it. */
import type { Signal } from '@preact/signals';
import { api } from '../../protocol.ts';
import { useStudio } from '../studio.ts';
import { type Snapped, snappedCamera } from './viewState.ts';

export interface Hovered {
  readonly camera: Snapped;
  /** Pixels from the picture's top left corner. */
  readonly x: number;
  readonly y: number;
}

export function HoveredCamera({ hovered }: { readonly hovered: Signal<Hovered | undefined> }) {
  const { store, run } = useStudio();
  if (!hovered.value || run.value === undefined) return null;
  const { camera, x, y } = hovered.value;
  const name = snappedCamera(store.hello.value?.scene, camera)?.name;
  return (
    <figure class="hovered" style={{ left: `${x}px`, top: `${y}px` }}>
      <img src={api.photo(run.value, camera.split, camera.index)} alt="" />
      <figcaption>{name}</figcaption>
    </figure>
  );
}
