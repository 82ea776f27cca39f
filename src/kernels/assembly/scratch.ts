// A thread's scratch space: where each part begins, and how the activations of a tile are laid out. Computed once per call.
import { Plan } from './plan';
import { ROW, TILE } from './simd';
import { threadIndex } from './thread';

// One thread works on one unit at a time, so that these may live in the instance.
export let hidden: usize = 0;
export let activations: usize = 0;
export let activationBytes: usize = 0;
export let encodedBytes: usize = 0;
export let gradientA: usize = 0;
export let gradientB: usize = 0;
/** A tile, transposed. */
export let rows: usize = 0;
/** A round of rendering, RENDER_SAMPLES of it: positions [][4], steps, encodings [tile][encoded][64]. */
export let renderPositions: usize = 0;
export let renderSteps: usize = 0;
export let renderTiles: usize = 0;

/** Samples of a round of rendering, at most: what belongs to them stays in the core's own cache. */
export const RENDER_SAMPLES: i32 = 2048;

/** Offsets inside a tile's activations; hidden layers of the density network come first. */
export let colorInputAt: usize = 0;
export let colorHiddenAt: usize = 0;
export let colorOutAt: usize = 0;
export let opticalDepthAt: usize = 0;
export let alphaAt: usize = 0;
export let colorGradientAt: usize = 0;
export let densityGradientAt: usize = 0;

let cursor: usize = 0;
function take(bytes: usize): usize {
  const at = cursor;
  cursor = (cursor + bytes + 63) & ~63;
  return at;
}

function layOut(plan: Plan): void {
  const width = <usize>plan.hiddenWidth * ROW;
  const colorInputs = plan.densityOutputs + 16 + plan.appearanceSize;
  encodedBytes = <usize>plan.encoded * ROW;
  colorInputAt = <usize>(plan.densityLayers - 1) * width;
  colorHiddenAt = colorInputAt + <usize>colorInputs * ROW;
  colorOutAt = colorHiddenAt + <usize>(plan.colorLayers - 1) * width;
  opticalDepthAt = colorOutAt + 4 * ROW;
  alphaAt = opticalDepthAt + ROW;
  colorGradientAt = alphaAt + ROW;
  densityGradientAt = colorGradientAt + 4 * ROW;
  activationBytes = densityGradientAt + ROW;
  hidden = take(<usize>plan.densityLayers * width);
  const widest = <usize>max(max(plan.hiddenWidth, colorInputs), plan.encoded) * ROW;
  gradientA = take(widest);
  gradientB = take(widest);
  rows = take(widest);
  renderPositions = take(RENDER_SAMPLES * 16);
  renderSteps = take(RENDER_SAMPLES * 4);
  renderTiles = take(<usize>(RENDER_SAMPLES / TILE) * encodedBytes);
  activations = take(<usize>plan.scratchTiles * activationBytes);
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
