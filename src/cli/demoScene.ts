/** The demo's data set: rendered once, then kept. */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { DataError } from '../errors.ts';
import { shownPath } from './shownPath.ts';

/**
 * Makes sure that the demo scene lies in `folder`. It is rendered beside it and renamed, so that an interrupted
 * rendering leaves no half scene.
 * @throws DataError when the folder cannot be written.
 */
export async function demoScene(folder: string): Promise<void> {
  if (existsSync(path.join(folder, 'transforms_train.json'))) return;
  const { writeDemoScene } = await import('../data/demo/writeDemoScene.ts');
  const parent = path.dirname(folder);
  let draft: string | undefined;
  try {
    await mkdir(parent, { recursive: true });
    draft = await mkdtemp(`${folder}.`);
    process.stdout.write(`rendering the demo scene into ${shownPath(folder)}\n`);
    await writeDemoScene(draft, {});
    await rename(draft, folder);
  } catch (cause) {
    if (draft !== undefined) await rm(draft, { recursive: true, force: true });
    const code = (cause as NodeJS.ErrnoException).code;
    if (code === undefined) throw cause;
    throw new DataError(
      `${shownPath(folder)}: the demo scene cannot be written (${code}); choose another folder with --out`,
      folder,
      { cause },
    );
  }
}
