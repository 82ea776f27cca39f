// Every function that the host may call.
export { hashGridForward, hashGridBackward } from './hashGrid';
export { occupancySample, occupancyApply, occupancySum, occupancyBits, occupancyCoarseBits } from './occupancy';
export { marchRays } from './march';
export { renderRays, gridGradient, networkGradient, packNetwork } from './renderRays';
export { scratchBytesNeeded } from './scratch';
export * from './optimizers';
