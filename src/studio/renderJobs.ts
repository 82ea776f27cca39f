/** Camera paths that pages have rendered: one after the other, frame by frame, into a file of the run folder that can be downloaded. */
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import path from 'node:path';
import { writePng } from '../data/writePng.ts';
import { outputPicture } from '../pipeline/outputPicture.ts';
import { checkCanEncode, encodeAnimation } from '../render/animation.ts';
import { parseCameraPath } from '../render/readCameraPath.ts';
import { renderShot } from '../render/renderShot.ts';
import { runPaths } from '../runFolder/runPaths.ts';
import type { RenderJob, RenderJobRequest } from './protocol.ts';
import type { StudioRun } from './studioRun.ts';

export interface RenderJobs {
  readonly list: readonly RenderJob[];
  /** Puts it at the end of the queue. @throws RangeError when too many wait, DataError for a path that cannot be rendered */
  add(request: RenderJobRequest): RenderJob;
  /** Ends it, or forgets one that has ended; its file stays. @returns whether there was one */
  remove(id: string): boolean;
  /** The file of a job that is done. */
  fileOf(id: string): string | undefined;
  close(): void;
}

interface Job {
  readonly request: RenderJobRequest;
  readonly abort: AbortController;
  shown: RenderJob;
  file?: string;
}

/** Jobs that are kept in the list, waiting or done. */
const mostJobs = 20;

/** @param onChange told after every frame */
export function createRenderJobs(run: StudioRun, onChange: (jobs: readonly RenderJob[]) => void): RenderJobs {
  const jobs = new Map<string, Job>();
  let working = Promise.resolve();
  const list = () => [...jobs.values()].map(({ shown }) => shown);
  const show = (job: Job, change: Partial<RenderJob>): void => {
    job.shown = { ...job.shown, ...change };
    if (jobs.has(job.shown.id)) onChange(list());
  };
  const work = async (job: Job): Promise<void> => {
    if (job.abort.signal.aborted) return;
    try {
      show(job, { state: 'rendering' });
      job.file = await renderPath(run, job.request, job.shown.id, job.abort.signal, (framesDone) =>
        show(job, { framesDone }),
      );
      show(job, { state: 'done', file: path.basename(job.file) });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      show(job, job.abort.signal.aborted ? { state: 'cancelled' } : { state: 'failed', error: reason });
    }
  };
  return {
    get list() {
      return list();
    },
    add(request) {
      if (jobs.size >= mostJobs) throw new RangeError('too many render jobs; remove some that have ended');
      const frames = parseCameraPath(request.path, 'the camera path').shots.length;
      const shown: RenderJob = { id: randomUUID(), state: 'waiting', framesDone: 0, frames };
      const job: Job = { request, abort: new AbortController(), shown };
      jobs.set(shown.id, job);
      working = working.then(() => work(job));
      onChange(list());
      return shown;
    },
    remove(id) {
      jobs.get(id)?.abort.abort();
      const removed = jobs.delete(id);
      onChange(list());
      return removed;
    },
    fileOf: (id) => jobs.get(id)?.file,
    close() {
      for (const { abort } of jobs.values()) abort.abort();
    },
  };
}

/** @returns the file, below the run's `renders` */
async function renderPath(
  run: StudioRun,
  { path: given, output = 'rgb', format }: RenderJobRequest,
  id: string,
  signal: AbortSignal,
  onFrame: (done: number) => void,
): Promise<string> {
  const { shots, fps, crop } = parseCameraPath(given, 'the camera path');
  const shown = { outputs: [output], ...(crop && { crop: crop.box, background: crop.background }) };
  const { renders } = runPaths(run.runDir);
  const file = path.join(renders, `studio-${id}.${format}`);
  await checkCanEncode(file, signal);
  await mkdir(renders, { recursive: true });
  const folder = await mkdtemp(path.join(renders, '.studio-'));
  try {
    const frames: string[] = [];
    let range: readonly [number, number] | undefined;
    for (const shot of shots) {
      signal.throwIfAborted();
      const image = await renderShot(shot, (camera) => run.render({ ...shown, camera }, signal));
      // One range of colours for all of them: that of the first frame.
      const colored = outputPicture(image, image.outputs[output]!, range);
      range ??= colored.range;
      const frame = path.join(folder, `${String(frames.length).padStart(5, '0')}.png`);
      await writePng(frame, colored.picture);
      frames.push(frame);
      onFrame(frames.length);
    }
    await encodeAnimation(file, frames, fps, signal);
    return file;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
