// A thread's scratch space while it renders a group of rays: where each part begins. Bytes are computed once per call.
import { Plan } from './plan';
import { ROW, TILE } from './simd';
import { threadIndex } from './thread';

/** Most rays that are rendered together, and most samples of one round of marching. */
export const GROUP_RAYS: i32 = 128;
export const ROUND_SAMPLES: i32 = 1024;

/** Bytes of a ray's record: transmittance, colour (3), depth, gradient of the colour (3), remainder. */
export const RAY_BYTES: usize = 48;

// One thread renders one group at a time, so that these may live in the instance.
export let walkers: usize = 0;
export let alive: usize = 0;
export let harmonics: usize = 0;
export let rayRecords: usize = 0;
export let roundPositions: usize = 0;
export let roundSteps: usize = 0;
export let roundTiles: usize = 0;
export let roundAlpha: usize = 0;
export let hidden: usize = 0;
export let positions: usize = 0;
export let steps: usize = 0;
export let rays: usize = 0;
export let opticalDepths: usize = 0;
export let alphas: usize = 0;
export let encodings: usize = 0;
export let activations: usize = 0;
export let activationBytes: usize = 0;
export let encodedBytes: usize = 0;
export let colorInputs: i32 = 0;
export let gradientA: usize = 0;
export let gradientB: usize = 0;

/** Offsets inside a tile's activations. */
export let colorInputAt: usize = 0;
export let colorHiddenAt: usize = 0;
export let colorOutAt: usize = 0;
export let colorGradientAt: usize = 0;
export let densityGradientAt: usize = 0;

let cursor: usize = 0;
function take(bytes: usize): usize {
  const at = cursor;
  cursor = (cursor + bytes + 63) & ~63;
  return at;
}

function layOut(plan: Plan): void {
  const capacity = <usize>plan.groupCapacity, tiles = capacity / TILE;
  const width = <usize>plan.hiddenWidth * ROW;
  encodedBytes = <usize>plan.encoded * ROW;
  colorInputs = plan.densityOutputs + 16 + plan.appearanceSize;
  colorInputAt = <usize>(plan.densityLayers - 1) * width;
  colorHiddenAt = colorInputAt + <usize>colorInputs * ROW;
  colorOutAt = colorHiddenAt + <usize>(plan.colorLayers - 1) * width;
  colorGradientAt = colorOutAt + 4 * ROW;
  densityGradientAt = colorGradientAt + 4 * ROW;
  activationBytes = densityGradientAt + ROW;
  walkers = take(GROUP_RAYS * 48);
  alive = take(GROUP_RAYS * 4);
  harmonics = take(GROUP_RAYS * 64);
  rayRecords = take(<usize>GROUP_RAYS * RAY_BYTES);
  roundPositions = take(ROUND_SAMPLES * 16);
  roundSteps = take(ROUND_SAMPLES * 4);
  roundAlpha = take(ROUND_SAMPLES * 4);
  roundTiles = take(<usize>(ROUND_SAMPLES / TILE) * encodedBytes);
  hidden = take(<usize>plan.densityLayers * width);
  positions = take(capacity * 16);
  steps = take(capacity * 4);
  rays = take(capacity * 4);
  opticalDepths = take(capacity * 4);
  alphas = take(capacity * 4);
  encodings = take(tiles * encodedBytes);
  activations = take(tiles * activationBytes);
  const widest = <usize>max(max(plan.hiddenWidth, colorInputs), plan.encoded) * ROW;
  gradientA = take(widest);
  gradientB = take(widest);
}

/** Points all parts into the calling thread's block. */
export function useScratch(plan: Plan): void {
  cursor = plan.scratch + <usize>threadIndex() * plan.scratchBytes;
  layOut(plan);
}

/** Bytes a thread's block must have for this plan. */
export function scratchBytesNeeded(address: usize): usize {
  cursor = 0;
  layOut(changetype<Plan>(address));
  return cursor;
}
