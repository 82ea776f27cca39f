/** Operations that radiance fields are made of, for models of one's own: `nerfstream/ops`. */
export {
  type HashGridLevel,
  type HashGridSettings,
  hashGridEntries,
  hashGridLevels,
} from '../../fields/hashGridLevels.ts';
export { huberLoss } from '../../losses/huberLoss.ts';
export { meanSquaredError } from '../../losses/meanSquaredError.ts';
export type { PdfSamplerSettings } from '../../samplers/pdfSampler.ts';
export type { Activation } from './activations.ts';
export { type CompositeSettings, compositeRays } from './compositeRays.ts';
export type { CompositedRays, RaySamples } from './compositeTensors.ts';
export { type FusedMlpSettings, fusedMlp } from './fusedMlp.ts';
export { hashGridEncode } from './hashGridEncode.ts';
export { type MarchedSamples, type MarchRaysSettings, marchRays, type OccupancyBits } from './marchRays.ts';
export { type RayWeights, rayDistortion } from './rayDistortion.ts';
export { resamplePdf } from './resamplePdf.ts';
export { sphericalHarmonics } from './sphericalHarmonics.ts';
