/** How long a person waits for the picture to follow a key, in a real browser. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { launchChromium } from '../../test/support/chromium.ts';

/** What the page is told before it begins. */
declare global {
  interface Window {
    /** Milliseconds from the key to the frame that shows the picture of the look that it caused. */
    waits: number[];
  }
}

/**
 * Presses W so many times, each when the picture has become sharp.
 * @param viewport pixels @param chromium the program
 * @returns milliseconds from each press to the drawing of the changed picture, and the size of the pictures
 */
export async function keyPresses(
  chromium: string,
  address: string,
  presses: number,
  viewport: { readonly width: number; readonly height: number },
): Promise<{ readonly waits: readonly number[]; readonly pixels: string }> {
  const browser = await launchChromium(chromium);
  try {
    const page = await browser.newPage({ viewport });
    page.setDefaultTimeout(60_000);
    // tsx names functions by a helper that pages do not have.
    await page.addInitScript({ content: 'globalThis.__name = (named) => named' });
    await page.addInitScript(watch);
    await page.goto(address);
    await page.locator('.facts-line').waitFor();
    await page.getByRole('application').focus();
    for (let press = 0; press < presses; press++) {
      await sharp(page);
      // Not in step with anything that comes at intervals.
      await sleep(300 + 37 * (press % 7));
      await page.keyboard.press(press % 2 ? 's' : 'w');
    }
    await sharp(page);
    await sleep(500);
    const pixels = (await page.locator('.facts-line span').last().textContent()) ?? '';
    return { waits: await page.evaluate(() => window.waits), pixels };
  } finally {
    await browser.close();
  }
}

async function sharp(page: Page): Promise<void> {
  await page.waitForFunction(() => !document.querySelector('.facts-line')?.textContent?.includes('coarse'));
}

/** In the page: the serial of the first look after a key, and when a picture of it or a later one has been drawn. */
function watch(): void {
  window.waits = [];
  let pressed: { at: number; serial?: number } | undefined;
  addEventListener('keydown', ({ timeStamp }) => (pressed = { at: timeStamp }), true);
  const { send } = WebSocket.prototype;
  WebSocket.prototype.send = function (this: WebSocket, data: string) {
    if (pressed && pressed.serial === undefined && data.includes('"look"'))
      pressed.serial = (JSON.parse(data) as { serial: number }).serial;
    send.call(this, data);
  };
  const look = () => {
    const drawn = Number(document.querySelector<HTMLElement>('.facts-line')?.dataset['serial']);
    if (pressed?.serial === undefined || !(drawn >= pressed.serial)) return;
    const { at } = pressed;
    pressed = undefined;
    requestAnimationFrame(() => window.waits.push(performance.now() - at));
  };
  new MutationObserver(look).observe(document, {
    subtree: true,
    attributes: true,
    attributeFilter: ['data-serial'],
  });
}
