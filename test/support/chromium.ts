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

/** Starts it with WebGL by software, so that every machine draws the same. The caller closes it. */
export function launchChromium(executablePath: string): Promise<Browser> {
  const webgl = ['--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--ignore-gpu-blocklist'];
  return chromium.launch({ executablePath, args: ['--no-sandbox', ...webgl] });
}
