/** The parts of a vanilla NeRF, as training and rendering take them. */
import type { ResampleSettings } from '../../samplers/resampleEdges.ts';
import type { RadianceNetwork } from './radianceNetwork.ts';
import type { SampleEncoder } from './sampleEncoder.ts';
import type { SampleSpace } from './sampleSpace.ts';
import type { VanillaNerfConfig } from './vanillaNerfSchema.ts';

export interface VanillaNerf {
  readonly config: VanillaNerfConfig;
  readonly seed: number;
  readonly coarse: RadianceNetwork;
  readonly fine: RadianceNetwork;
  readonly space: SampleSpace;
  readonly encoder: SampleEncoder;
  /** How the fine network's samples follow from the coarse network's weights. */
  readonly resampling: ResampleSettings;
  /** Rays that are evaluated at once. */
  readonly raysPerPass: number;
}
