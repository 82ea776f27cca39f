/** A data set for benchmarks that need any: the fox where it is, else the scene of the demo. */
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { writeDemoScene } from '../../src/data/demo/writeDemoScene.ts';
import { dataRoot } from './sceneArguments.ts';

export async function foxOrDemo(): Promise<string> {
  const fox = path.join(dataRoot, 'fox');
  if (existsSync(fox)) return fox;
  const demo = path.join(mkdtempSync(path.join(tmpdir(), 'nerfstream-bench-')), 'demo');
  await writeDemoScene(demo, {});
  return demo;
}
