/** Settings that strategies of densification have in common. */
import { z } from 'zod';
import type { DensifierSetting, SplatsNow } from './densifier.ts';

/** @param steps the default */
export const stepsBetween = (steps: number) =>
  z.number().int().positive().default(steps).describe('Steps from one densification to the next.');

/** @param share the default */
export const shareOfHorizon = (share: number) => z.number().min(0).max(1).default(share);

export const minOpacity = () =>
  z.number().gt(0).lt(1).default(0.005).describe('More transparent splats are removed.');

/** Whether a strategy is at work after a step: at every so many-th within its shares of the horizon. @param position of the step among the horizon's */
export function isDensified(
  { step, position }: Pick<SplatsNow, 'step' | 'position'>,
  settings: { readonly everySteps: number; readonly fromShare: number; readonly untilShare: number },
  { horizonSteps }: Pick<DensifierSetting, 'horizonSteps'>,
): boolean {
  const share = (position - 1) / horizonSteps;
  return step % settings.everySteps === 0 && share > settings.fromShare && share < settings.untilShare;
}
