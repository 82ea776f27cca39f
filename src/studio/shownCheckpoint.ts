/** The newest checkpoint of a run, opened in a thread of its own that draws it; a newer one takes its place when it can be shown. */
import { Worker } from 'node:worker_threads';
import { createPendingAnswers } from '../../machines/pendingAnswers.ts';
import type { View, ViewedPicture, Viewer } from '../../machines/viewDesk.ts';
import { builtUrl } from '../builtUrl.ts';
import { CheckpointError, CommandError } from '../errors.ts';
import type { RenderedImage, RenderRequest } from '../pipeline/pipeline.ts';
import type { FromSavedRun, SavedRunInput, ToSavedRun } from './savedRunThread.ts';
import type { OpenedCheckpoint } from './studioRun.ts';
import { viewerThrough } from './viewerMessages.ts';

export interface ShownCheckpoint {
  /** Undefined until one could be opened. */
  readonly opened: OpenedCheckpoint | undefined;
  readonly viewer: Viewer;
  /** Opens the newest one; what was shown before is shown until then. @throws CheckpointError and what else keeps it from being opened */
  renew(): Promise<void>;
  /** Rejects while there is none. */
  render(request: RenderRequest): Promise<RenderedImage & { readonly step: number }>;
  close(): Promise<void>;
}

/** A thread, and what it has opened. */
interface Drawing {
  readonly opened: OpenedCheckpoint;
  tell(message: ToSavedRun): void;
  render(request: RenderRequest): Promise<RenderedImage & { readonly step: number }>;
  /** When nothing is left to render. */
  end(): Promise<void>;
  kill(): Promise<void>;
}

/** @param runDir absolute path */
export function createShownCheckpoint(
  runDir: string,
  onPicture: (picture: ViewedPicture) => void,
): ShownCheckpoint {
  const looks = new Map<number, View>();
  let share: number | undefined;
  let current: Drawing | undefined;
  let isClosed = false;
  const through = viewerThrough((message) => current?.tell(message));
  return {
    get opened() {
      return current?.opened;
    },
    viewer: {
      ...through,
      look(visitor, view) {
        if (view) looks.set(visitor, view);
        else looks.delete(visitor);
        through.look(visitor, view);
      },
      leave(visitor) {
        looks.delete(visitor);
        through.leave(visitor);
      },
      setShare(value) {
        share = value;
        through.setShare(value);
      },
    },
    async renew() {
      const next = await draw(runDir, (picture) => {
        if (current === next) onPicture(picture);
      });
      if (isClosed) return next.kill();
      const before = current;
      current = next;
      if (share !== undefined) through.setShare(share);
      for (const [visitor, view] of looks) through.look(visitor, view);
      void before?.end();
    },
    async render(request) {
      if (!current) throw new CommandError('the run has saved no checkpoint yet');
      return current.render(request);
    },
    async close() {
      isClosed = true;
      await current?.kill();
    },
  };
}

async function draw(runDir: string, onPicture: (picture: ViewedPicture) => void): Promise<Drawing> {
  const input: SavedRunInput = runDir;
  const worker = new Worker(builtUrl(import.meta.url, './savedRunThread.js'), { workerData: input });
  const tell = (message: ToSavedRun): void => worker.postMessage(message);
  const pending = createPendingAnswers();
  const rendering = new Set<Promise<unknown>>();
  const opened = await new Promise<OpenedCheckpoint>((resolve, reject) => {
    worker.on('error', reject);
    worker.on('exit', () => {
      pending.close();
      reject(new CommandError(`${runDir}: the thread that shows the run has ended`));
    });
    worker.on('message', (message: FromSavedRun) => {
      if (message.type === 'failed') reject(new CheckpointError(message.error));
      else if (message.type === 'opened') resolve(message.opened);
      else if (message.type === 'picture') onPicture(message.picture);
      else if (message.type === 'rendered')
        pending.resolve(message.id, { ...message.image, step: message.step });
      else if (message.type === 'notRendered') pending.reject(message.id, new CommandError(message.error));
    });
  }).catch(async (error: unknown) => {
    await worker.terminate();
    throw error;
  });
  const kill = async () => {
    await worker.terminate();
  };
  return {
    ...{ opened, tell, kill },
    render(request) {
      const answer = pending.ask((id) => tell({ type: 'render', id, request }));
      rendering.add(answer);
      const forget = () => rendering.delete(answer);
      answer.then(forget, forget);
      return answer as Promise<RenderedImage & { readonly step: number }>;
    },
    async end() {
      await Promise.allSettled(rendering);
      await kill();
    },
  };
}
