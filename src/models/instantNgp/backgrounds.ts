/** What rays are composited over, as the configuration and the photos say. */
import type { ModelScene } from '../radianceModel.ts';
import type { InstantNgpConfig } from './instantNgpSchema.ts';

/** What training rays and rendered ones are composited over. */
export interface Backgrounds {
  readonly train: 'random' | 'white' | 'black';
  readonly render: 'white' | 'black';
}

/**
 * `auto`: the flat colour behind opaque photos, if they have one; else random, so that what is transparent stays so and the rest does not.
 * Renderings of photos with transparent pixels are over `evalBackground`; others, where nothing is, show what was trained over.
 */
export function backgroundsOf(
  { background }: Pick<InstantNgpConfig, 'background'>,
  { bounds, evalBackground }: Pick<ModelScene, 'bounds' | 'evalBackground'>,
): Backgrounds {
  const train = background === 'auto' ? (bounds.background ?? 'random') : background;
  if (train !== 'random' && (bounds.background !== undefined || !bounds.hasAlpha))
    return { train, render: train };
  return { train, render: bounds.hasAlpha ? evalBackground : 'black' };
}
