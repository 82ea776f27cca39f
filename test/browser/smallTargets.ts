/** What a finger might miss: WCAG 2.2, success criterion 2.5.8. */
import type { Page } from 'playwright-core';

/** @returns what can be pressed and is shown, but is less than 24 pixels wide or high; of a control in a label the label counts */
export function smallTargets(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const least = 24;
    const targets = document.querySelectorAll<HTMLElement>(
      'button, a[href], input, select, summary, [role="tab"], [role="slider"], [role="separator"]',
    );
    return Array.from(targets).flatMap((target) => {
      const box = (target.closest('label') ?? target).getBoundingClientRect();
      const isShown =
        target.checkVisibility({ visibilityProperty: true }) && !target.classList.contains('visually-hidden');
      if (!isShown || (box.width >= least - 0.5 && box.height >= least - 0.5)) return [];
      return [`${Math.round(box.width)} x ${Math.round(box.height)}: ${target.outerHTML.slice(0, 120)}`];
    });
  });
}
