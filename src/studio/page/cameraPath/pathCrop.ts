/** The crop box of the view, for a path. */
import type { Store } from '../store.ts';
import { cropOf } from '../view/crop.ts';
import type { ViewState } from '../view/viewState.ts';
import type { PathCrop } from './cameraPathFile.ts';

/** As the view shows it; undefined: the whole scene. Where the view has the run's own background, the file, which has to say one, says black. */
export function pathCrop(store: Store, view: ViewState): PathCrop | undefined {
  const box = cropOf(store.hello.value?.scene, view.crop.value);
  return box && { box, background: view.background.value ?? [0, 0, 0] };
}
