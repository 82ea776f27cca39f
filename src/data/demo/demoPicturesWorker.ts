/** A thread that renders pictures of the demo scene: tells after each, and ends. */
import { parentPort, workerData } from 'node:worker_threads';
import { writePng } from '../writePng.ts';
import { createDemoObjects } from './demoObjects.ts';
import type { DemoPicture } from './renderDemoPictures.ts';
import { renderDemoView } from './renderDemoView.ts';

const objects = createDemoObjects();
for (const { file, camera } of workerData as readonly DemoPicture[]) {
  await writePng(file, renderDemoView(objects, camera));
  parentPort?.postMessage(file);
}
