// Every function that the host may call.
export { hashGridForward, hashGridBackward } from './hashGrid';
export { occupancySample, occupancyApply, occupancySum, occupancyBits, occupancyCoarseBits } from './occupancy';
export { marchRays } from './march';
export { beginRays, encodeRound, advanceRays } from './advanceRays';
export { finishRays } from './shade';
export { trainRays } from './trainRays';
export { gridGradient, networkGradient, packNetwork } from './gradients';
export { scratchBytesNeeded } from './scratch';
export * from './optimizers';
export { opHashGrid, opHashGridTableGradient, opHashGridPositionGradient } from './opsHashGrid';
export { opMlpPack, opMlpForward, opMlpBackward, opMlpSumSlots } from './opsMlp';
export { opHarmonics, opHarmonicsGradient } from './opsHarmonics';
export { opMarch, opMarchScratchBytes } from './opsMarch';
export { opComposite, opCompositeGradient } from './opsComposite';
export { opDistortion, opDistortionGradient } from './opsDistortion';
export { opResample } from './opsResample';
export * from './tensor';
