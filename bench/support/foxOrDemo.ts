/** A data set for benchmarks that need any: the fox where it is, else the scene of the demo. */
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { writeDemoScene } from '../../src/data/demo/writeDemoScene.ts';
import { dataRoot } from './sceneArguments.ts';

/** @param folder the fox's own, or another of its folders */
export async function foxOrDemo(folder = 'fox'): Promise<string> {
  const fox = path.join(dataRoot, folder);
  if (existsSync(fox)) return fox;
  const demo = path.join(mkdtempSync(path.join(tmpdir(), 'nerfstream-bench-')), 'demo');
  await writeDemoScene(demo, {});
  return demo;
}
