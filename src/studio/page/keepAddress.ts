/** Keeps the page's address and title: the run, and the camera where it rests. Goes along where the visitor writes another one. */
import { effect } from '@preact/signals';
import { readDeepLink, writeDeepLink } from './deepLink.ts';
import type { Studio } from './studio.ts';
import { standAt } from './view/viewState.ts';

/** Browsers refuse more than a hundred changes in half a minute. */
const restMs = 500;

/** @returns ends it */
export function keepAddress(studio: Studio): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const end = effect(() => {
    const run = studio.run.value;
    document.title = run === undefined ? 'nerfstream studio' : `${run} · nerfstream studio`;
    const camera = { pose: studio.view.pose.value, fieldOfView: studio.view.fieldOfView.value };
    const isPlaced = studio.store.hello.value?.scene !== undefined;
    clearTimeout(timer);
    if (!isPlaced || run === undefined) return;
    timer = setTimeout(() => history.replaceState(null, '', writeDeepLink({ run, camera })), restMs);
  });
  const follow = () => {
    const { run, camera } = readDeepLink(location.hash);
    if (run && run !== studio.run.value) studio.openRun(run);
    if (camera) standAt(studio.view, camera.pose, camera.fieldOfView);
  };
  addEventListener('hashchange', follow);
  return () => {
    end();
    clearTimeout(timer);
    removeEventListener('hashchange', follow);
  };
}
