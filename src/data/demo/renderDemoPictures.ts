/** The demo scene's pictures, rendered on all cores. */
import os from 'node:os';
import { Worker } from 'node:worker_threads';
import { builtUrl } from '../../builtUrl.ts';
import type { Camera } from '../cameras/camera.ts';

/** A picture that is to be taken. */
export interface DemoPicture {
  /** PNG file that it is written to. */
  readonly file: string;
  readonly camera: Camera;
}

/**
 * Renders and writes each picture, on one thread a core; the bytes do not depend on their number.
 * @param onPicture called after each picture
 * @throws the first error of a thread (of the file system, with its `code`) or of `onPicture`, after all threads have ended
 */
export async function renderDemoPictures(
  pictures: readonly DemoPicture[],
  onPicture: () => void = () => {},
  threads = os.availableParallelism(),
): Promise<void> {
  const count = Math.min(threads, pictures.length);
  const workers = Array.from({ length: count }, (_, thread) => {
    // Every count-th: views from below and from above, which take different times, are spread over the threads.
    const workerData = pictures.filter((_, index) => index % count === thread);
    return new Worker(builtUrl(import.meta.url, './demoPicturesWorker.js'), { workerData });
  });
  try {
    await Promise.all(
      workers.map(
        (worker) =>
          new Promise<void>((resolve, reject) => {
            worker.on('message', () => {
              try {
                onPicture();
              } catch (error) {
                reject(error);
              }
            });
            worker.once('error', reject);
            worker.once('exit', () => resolve());
          }),
      ),
    );
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}
