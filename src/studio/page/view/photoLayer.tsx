/** The photo of the camera that the visitor stands in, over the picture: beside it, instead of it, or as the difference. */
import { api } from '../../protocol.ts';
import { useStudio } from '../studio.ts';
import { snappedCamera } from './viewState.ts';

export function PhotoLayer({ cut }: { readonly cut: string }) {
  const { store, view, run } = useStudio();
  const snapped = view.snapped.value;
  const comparison = view.comparison.value;
  const camera = snappedCamera(store.hello.value?.scene, snapped);
  if (!snapped || !camera || comparison === 'off' || run.value === undefined) return null;
  return (
    <img
      class={comparison === 'difference' ? 'photo difference' : 'photo'}
      style={comparison === 'slider' ? { clipPath: cut } : {}}
      src={api.photo(run.value, snapped.split, snapped.index, 1024)}
      alt={`${camera.name}, as it was taken`}
      draggable={false}
    />
  );
}
