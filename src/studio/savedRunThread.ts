/** The thread that shows what a run has saved: its newest checkpoint, without a trainer. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Subscription } from 'rxjs';
import { type OpenRun, openRun } from '../../machines/openRun.ts';
import { createViewDesk } from '../../machines/viewDesk.ts';
import { takeTurns } from '../../streams/takeTurns.ts';
import type { FromViewer, ToViewer } from '../cli/threadMessages.ts';
import { viewOf } from '../pipeline/loadScene.ts';
import type { RenderedImage } from '../pipeline/pipeline.ts';
import type { RenderCamera } from '../pipeline/renderCamera.ts';
import { renderWhole } from '../render/renderWhole.ts';
import { shownSceneOf } from './shownScene.ts';
import { isToViewer, tellViewer } from './viewerMessages.ts';

/** Absolute path of the run folder. */
export type SavedRunInput = string;

export type ToSavedRun =
  | ToViewer
  | { readonly type: 'render'; readonly id: number; readonly camera: RenderCamera; readonly output: string };

export type FromSavedRun =
  | FromViewer
  | { readonly type: 'opened'; readonly step: number }
  | { readonly type: 'failed'; readonly error: string }
  | { readonly type: 'rendered'; readonly id: number; readonly image: RenderedImage; readonly step: number }
  | { readonly type: 'notRendered'; readonly id: number; readonly error: string };

function post(message: FromSavedRun): void {
  parentPort?.postMessage(message);
}

openRun(workerData as SavedRunInput).then(serve, (error: Error) =>
  post({ type: 'failed', error: error.message }),
);

/** Draws whenever somebody wants a picture: there is nothing else to do. */
function serve(run: OpenRun): void {
  const { step, scene } = run;
  const views = { train: scene.train.map(viewOf), eval: scene.eval.map(viewOf) };
  const subject = { step, render: run.render };
  const wanted = { now: false };
  let drawing: Subscription | undefined;
  const desk = createViewDesk({
    onChange(notes) {
      wanted.now = notes.wanted !== null;
      if (wanted.now && !drawing) draw();
    },
    onPicture: (picture) => post({ type: 'picture', picture }),
    now: () => performance.now(),
  });
  const draw = (): void => {
    drawing = takeTurns(desk.draw(subject)).subscribe({
      complete() {
        drawing = undefined;
        if (wanted.now) draw();
      },
    });
  };
  post({ type: 'opened', step });
  post({ type: 'shown', shown: shownSceneOf({ ...run, views, space: scene }) });
  parentPort?.on('message', (message: ToSavedRun) => {
    if (isToViewer(message)) return tellViewer(desk, message);
    const { id, camera, output } = message;
    const work = run.render({ camera, outputs: [output] });
    renderWhole(work).then(
      (image) => post({ type: 'rendered', id, image, step }),
      (error: Error) => post({ type: 'notRendered', id, error: error.message }),
    );
  });
}
