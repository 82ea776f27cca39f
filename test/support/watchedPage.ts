/** A page of a file in a browser, and everything that it says and asks for. */
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';

export interface WatchedPage {
  readonly page: Page;
  /** On the console, as errors, and in dialogs. */
  readonly said: readonly string[];
  /** Addresses: the page's own first. Pictures within the page are none. */
  readonly requested: readonly string[];
}

/** Opens the file, and waits until it is there. */
export async function watchedPage(
  browser: Browser,
  file: string,
  size: { readonly width: number; readonly height: number } = { width: 1280, height: 720 },
): Promise<WatchedPage> {
  const page = await browser.newPage({ viewport: size });
  const said: string[] = [];
  const requested: string[] = [];
  page.on('console', (message) => said.push(message.text()));
  page.on('pageerror', (error) => said.push(error.message));
  page.on('dialog', (dialog) => {
    said.push(dialog.message());
    void dialog.dismiss();
  });
  page.on('request', (request) => {
    if (!request.url().startsWith('data:')) requested.push(request.url());
  });
  await page.goto(pathToFileURL(file).href);
  return { page, said, requested };
}
