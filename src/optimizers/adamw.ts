/** AdamW, as torch.optim.AdamW. */
import { adamWith } from './adam.ts';
import type { OptimizerSettings } from './optimizerSchema.ts';
import type { Transform } from './transform.ts';

/** Adam after `p = p * (1 - rate * weightDecay)`; the decay does not enter the moments. */
export function adamw({ weightDecay, ...settings }: OptimizerSettings<'adamw'>): Transform {
  return adamWith({ ...settings, penalty: 0, decay: weightDecay });
}
