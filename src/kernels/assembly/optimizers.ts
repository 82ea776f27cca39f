// Optimizer updates in place, in one pass over memory: parameter, gradient and slots are read, parameter and slots written.
// Every kernel handles elements [unit * piece, unit * piece + piece) of `count`. The formulas stand beside their tfjs twins in
// src/optimizers; products are rounded (no fused multiply-add), so all module variants give the same bits.
import { blend4, lerp4, load4, store4 } from './vectors';

export * from './elementwise';
export * from './adaptiveOptimizers';

/** SGD with momentum: src/optimizers/sgd.ts. `velocityWeight` 0 begins the buffer; `nesterov` is 0 or 1. */
export function sgdMomentumUpdate(
  unit: i32, piece: i32, count: i32, parameter: usize, gradient: usize, velocity: usize,
  learningRate: f32, penalty: f32, velocityWeight: f32, gradientWeight: f32, momentum: f32, nesterov: i32,
): void {
  const end = min(unit * piece + piece, count);
  const rates = f32x4.splat(learningRate);
  const penalties = f32x4.splat(penalty);
  const velocityWeights = f32x4.splat(velocityWeight);
  const gradientWeights = f32x4.splat(gradientWeight);
  const momentums = f32x4.splat(momentum);
  for (let i = unit * piece; i < end; i += 4) {
    const at = <usize>i << 2;
    const left = end - i;
    const p = load4(parameter + at, left);
    const g = f32x4.add(load4(gradient + at, left), f32x4.mul(penalties, p));
    const v = blend4(velocityWeights, load4(velocity + at, left), gradientWeights, g);
    const direction = nesterov ? f32x4.add(g, f32x4.mul(momentums, v)) : v;
    store4(velocity + at, v, left);
    store4(parameter + at, f32x4.sub(p, f32x4.mul(rates, direction)), left);
  }
}

/** SGD without momentum. */
export function sgdUpdate(
  unit: i32, piece: i32, count: i32, parameter: usize, gradient: usize, learningRate: f32, penalty: f32,
): void {
  const end = min(unit * piece + piece, count);
  const rates = f32x4.splat(learningRate);
  const penalties = f32x4.splat(penalty);
  for (let i = unit * piece; i < end; i += 4) {
    const at = <usize>i << 2;
    const left = end - i;
    const p = load4(parameter + at, left);
    const g = f32x4.add(load4(gradient + at, left), f32x4.mul(penalties, p));
    store4(parameter + at, f32x4.sub(p, f32x4.mul(rates, g)), left);
  }
}

/** Adam and AdamW: src/optimizers/adam.ts. `keep` is 1 - rate * decoupled decay. */
export function adamUpdate(
  unit: i32, piece: i32, count: i32, parameter: usize, gradient: usize, first: usize, second: usize,
  firstWeight: f32, beta2: f32, secondWeight: f32, stepSize: f32, rootBias2: f32, eps: f32, penalty: f32, keep: f32,
): void {
  const end = min(unit * piece + piece, count);
  const firstWeights = f32x4.splat(firstWeight);
  const betas = f32x4.splat(beta2);
  const secondWeights = f32x4.splat(secondWeight);
  const stepSizes = f32x4.splat(stepSize);
  const roots = f32x4.splat(rootBias2);
  const epsilons = f32x4.splat(eps);
  const penalties = f32x4.splat(penalty);
  const keeps = f32x4.splat(keep);
  for (let i = unit * piece; i < end; i += 4) {
    const at = <usize>i << 2;
    const left = end - i;
    const p = load4(parameter + at, left);
    const g = f32x4.add(load4(gradient + at, left), f32x4.mul(penalties, p));
    const m = lerp4(load4(first + at, left), g, firstWeights);
    const v = blend4(betas, load4(second + at, left), secondWeights, f32x4.mul(g, g));
    const denominator = f32x4.add(f32x4.div(f32x4.sqrt(v), roots), epsilons);
    store4(first + at, m, left);
    store4(second + at, v, left);
    store4(parameter + at, f32x4.sub(f32x4.mul(p, keeps), f32x4.div(f32x4.mul(stepSizes, m), denominator)), left);
  }
}

/** Adam with AMSGrad: the largest second moment so far divides. */
export function amsgradUpdate(
  unit: i32, piece: i32, count: i32, parameter: usize, gradient: usize, first: usize, second: usize, largest: usize,
  firstWeight: f32, beta2: f32, secondWeight: f32, stepSize: f32, rootBias2: f32, eps: f32, penalty: f32, keep: f32,
): void {
  const end = min(unit * piece + piece, count);
  const firstWeights = f32x4.splat(firstWeight);
  const betas = f32x4.splat(beta2);
  const secondWeights = f32x4.splat(secondWeight);
  const stepSizes = f32x4.splat(stepSize);
  const roots = f32x4.splat(rootBias2);
  const epsilons = f32x4.splat(eps);
  const penalties = f32x4.splat(penalty);
  const keeps = f32x4.splat(keep);
  for (let i = unit * piece; i < end; i += 4) {
    const at = <usize>i << 2;
    const left = end - i;
    const p = load4(parameter + at, left);
    const g = f32x4.add(load4(gradient + at, left), f32x4.mul(penalties, p));
    const m = lerp4(load4(first + at, left), g, firstWeights);
    const v = blend4(betas, load4(second + at, left), secondWeights, f32x4.mul(g, g));
    const w = f32x4.max(load4(largest + at, left), v);
    const denominator = f32x4.add(f32x4.div(f32x4.sqrt(w), roots), epsilons);
    store4(first + at, m, left);
    store4(second + at, v, left);
    store4(largest + at, w, left);
    store4(parameter + at, f32x4.sub(f32x4.mul(p, keeps), f32x4.div(f32x4.mul(stepSizes, m), denominator)), left);
  }
}

/** Lion: src/optimizers/lion.ts. */
export function lionUpdate(
  unit: i32, piece: i32, count: i32, parameter: usize, gradient: usize, first: usize,
  updateWeight: f32, firstWeight: f32, learningRate: f32, keep: f32,
): void {
  const end = min(unit * piece + piece, count);
  const zero = f32x4.splat(0);
  const updateWeights = f32x4.splat(updateWeight);
  const firstWeights = f32x4.splat(firstWeight);
  const rates = f32x4.splat(learningRate);
  const keeps = f32x4.splat(keep);
  for (let i = unit * piece; i < end; i += 4) {
    const at = <usize>i << 2;
    const left = end - i;
    const g = load4(gradient + at, left);
    const m = load4(first + at, left);
    const direction = lerp4(m, g, updateWeights);
    const up = v128.and(f32x4.gt(direction, zero), rates);
    const down = v128.and(f32x4.lt(direction, zero), rates);
    store4(first + at, lerp4(m, g, firstWeights), left);
    const p = f32x4.mul(load4(parameter + at, left), keeps);
    store4(parameter + at, f32x4.add(f32x4.sub(p, up), down), left);
  }
}

/** Adan: src/optimizers/adan.ts. `previous` holds the last gradient; `shrink` is 1 / (1 + rate * decay). */
export function adanUpdate(
  unit: i32, piece: i32, count: i32,
  parameter: usize, gradient: usize, first: usize, difference: usize, second: usize, previous: usize,
  firstWeight: f32, differenceWeight: f32, secondWeight: f32, lookahead: f32, hasPrevious: i32,
  stepSize: f32, differenceStepSize: f32, rootBias3: f32, eps: f32, shrink: f32,
): void {
  const end = min(unit * piece + piece, count);
  const firstWeights = f32x4.splat(firstWeight);
  const differenceWeights = f32x4.splat(differenceWeight);
  const secondWeights = f32x4.splat(secondWeight);
  const lookaheads = f32x4.splat(lookahead);
  const stepSizes = f32x4.splat(stepSize);
  const differenceStepSizes = f32x4.splat(differenceStepSize);
  const roots = f32x4.splat(rootBias3);
  const epsilons = f32x4.splat(eps);
  const shrinks = f32x4.splat(shrink);
  for (let i = unit * piece; i < end; i += 4) {
    const at = <usize>i << 2;
    const left = end - i;
    const g = load4(gradient + at, left);
    const change = hasPrevious ? f32x4.sub(g, load4(previous + at, left)) : f32x4.splat(0);
    const combined = f32x4.add(g, f32x4.mul(lookaheads, change));
    const m = lerp4(load4(first + at, left), g, firstWeights);
    const d = lerp4(load4(difference + at, left), change, differenceWeights);
    const n = lerp4(load4(second + at, left), f32x4.mul(combined, combined), secondWeights);
    const denominator = f32x4.add(f32x4.div(f32x4.sqrt(n), roots), epsilons);
    const step = f32x4.div(blend4(stepSizes, m, differenceStepSizes, d), denominator);
    store4(first + at, m, left);
    store4(difference + at, d, left);
    store4(second + at, n, left);
    store4(previous + at, g, left);
    store4(parameter + at, f32x4.mul(f32x4.sub(load4(parameter + at, left), step), shrinks), left);
  }
}
