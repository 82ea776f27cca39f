/** The thread that shows what a run has saved: its newest checkpoint, without a trainer. */
import { stat } from 'node:fs/promises';
import { parentPort, workerData } from 'node:worker_threads';
import type { Subscription } from 'rxjs';
import { type OpenRun, openRun } from '../../machines/openRun.ts';
import { createViewDesk } from '../../machines/viewDesk.ts';
import { takeTurns } from '../../streams/takeTurns.ts';
import type { FromViewer, ToViewer } from '../cli/threadMessages.ts';
import { viewOf } from '../pipeline/loadScene.ts';
import type { RenderedImage, RenderRequest } from '../pipeline/pipeline.ts';
import { renderWhole } from '../render/renderWhole.ts';
import { shownSceneOf } from './shownScene.ts';
import type { OpenedCheckpoint } from './studioRun.ts';
import { isToViewer, tellViewer } from './viewerMessages.ts';

/** Absolute path of the run folder. */
export type SavedRunInput = string;

export type ToSavedRun =
  | ToViewer
  | { readonly type: 'render'; readonly id: number; readonly request: RenderRequest };

export type FromSavedRun =
  | FromViewer
  | { readonly type: 'opened'; readonly opened: OpenedCheckpoint }
  | { readonly type: 'failed'; readonly error: string }
  | { readonly type: 'rendered'; readonly id: number; readonly image: RenderedImage; readonly step: number }
  | { readonly type: 'notRendered'; readonly id: number; readonly error: string };

function post(message: FromSavedRun): void {
  parentPort?.postMessage(message);
}

openRun(workerData as SavedRunInput)
  .then(serve)
  .catch((error: Error) => post({ type: 'failed', error: error.message }));

/** Draws whenever somebody wants a picture: there is nothing else to do. */
async function serve(run: OpenRun): Promise<void> {
  const { step, scene, file } = run;
  const savedAt = (await stat(file)).mtimeMs;
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
  post({
    type: 'opened',
    opened: { step, file, savedAt, shown: shownSceneOf({ ...run, views, space: scene }) },
  });
  parentPort?.on('message', (message: ToSavedRun) => {
    if (isToViewer(message)) return tellViewer(desk, message);
    const { id, request } = message;
    const work = run.render(request);
    renderWhole(work).then(
      (image) => post({ type: 'rendered', id, image, step }),
      (error: Error) => post({ type: 'notRendered', id, error: error.message }),
    );
  });
}
