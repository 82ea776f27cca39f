/** A browser for tests: Chromium where one is installed (`CONTRIBUTING.md` says how). */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/** The program: on the path, or where playwright puts its own; `undefined` where there is none. */
export function findChromium(): string | undefined {
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  const candidates = [
    ...names.flatMap((name) => folders.map((folder) => path.join(folder, name))),
    chromium.executablePath(),
  ];
  return candidates.find((file) => file !== '' && existsSync(file));
}

/** WebGL by software, so that every machine draws the same. All else of a page is drawn through it, too, which takes it a tenth of a second. */
const webgl = ['--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--ignore-gpu-blocklist'];
/** No WebGL: pages are drawn by the processor, as Chromium does where it finds no graphics card. */
const plain = ['--disable-gpu', '--disable-accelerated-2d-canvas'];

/** The caller closes it. @param drawing what is drawn: scenes, too (`webgl`), or text, pictures and lines alone */
export function launchChromium(
  executablePath: string,
  drawing: 'webgl' | 'plain' = 'webgl',
): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', ...(drawing === 'webgl' ? webgl : plain)],
  });
}
