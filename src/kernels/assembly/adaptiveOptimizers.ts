// The further optimizers of the Adam and Adagrad families, as src/kernels/assembly/optimizers.ts.
import { blend4, lerp4, load4, store4, withoutTraces } from './vectors';

/** RAdam: src/optimizers/radam.ts. `adaptive` 0: the second moment does not divide yet. */
export function radamUpdate(
  unit: i32, piece: i32, count: i32, parameter: usize, gradient: usize, first: usize, second: usize,
  firstWeight: f32, beta2: f32, secondWeight: f32, stepSize: f32, adaptive: i32, eps: f32, penalty: f32, keep: f32,
): void {
  const end = min(unit * piece + piece, count);
  const firstWeights = f32x4.splat(firstWeight);
  const betas = f32x4.splat(beta2);
  const secondWeights = f32x4.splat(secondWeight);
  const stepSizes = f32x4.splat(stepSize);
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
    let step = f32x4.mul(stepSizes, m);
    if (adaptive) step = f32x4.div(step, f32x4.add(f32x4.sqrt(v), epsilons));
    store4(first + at, m, left);
    store4(second + at, v, left);
    store4(parameter + at, f32x4.sub(f32x4.mul(p, keeps), step), left);
  }
}

/** NAdam: src/optimizers/nadam.ts. */
export function nadamUpdate(
  unit: i32, piece: i32, count: i32, parameter: usize, gradient: usize, first: usize, second: usize,
  firstWeight: f32, beta2: f32, secondWeight: f32, gradientStep: f32, momentStep: f32, rootBias2: f32, eps: f32,
  penalty: f32, keep: f32,
): void {
  const end = min(unit * piece + piece, count);
  const firstWeights = f32x4.splat(firstWeight);
  const betas = f32x4.splat(beta2);
  const secondWeights = f32x4.splat(secondWeight);
  const gradientSteps = f32x4.splat(gradientStep);
  const momentSteps = f32x4.splat(momentStep);
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
    const step = f32x4.div(blend4(gradientSteps, g, momentSteps, m), denominator);
    store4(parameter + at, f32x4.sub(f32x4.mul(p, keeps), step), left);
  }
}

/** Adamax: src/optimizers/adamax.ts. */
export function adamaxUpdate(
  unit: i32, piece: i32, count: i32, parameter: usize, gradient: usize, first: usize, largest: usize,
  firstWeight: f32, beta2: f32, stepSize: f32, eps: f32, penalty: f32,
): void {
  const end = min(unit * piece + piece, count);
  const firstWeights = f32x4.splat(firstWeight);
  const betas = f32x4.splat(beta2);
  const stepSizes = f32x4.splat(stepSize);
  const epsilons = f32x4.splat(eps);
  const penalties = f32x4.splat(penalty);
  for (let i = unit * piece; i < end; i += 4) {
    const at = <usize>i << 2;
    const left = end - i;
    const p = load4(parameter + at, left);
    const g = f32x4.add(load4(gradient + at, left), f32x4.mul(penalties, p));
    const m = lerp4(load4(first + at, left), g, firstWeights);
    const u = f32x4.max(f32x4.mul(betas, load4(largest + at, left)), f32x4.add(f32x4.abs(g), epsilons));
    store4(first + at, m, left);
    store4(largest + at, u, left);
    store4(parameter + at, f32x4.sub(p, f32x4.div(f32x4.mul(stepSizes, m), u)), left);
  }
}

/** Adagrad: src/optimizers/adagrad.ts. */
export function adagradUpdate(
  unit: i32, piece: i32, count: i32, parameter: usize, gradient: usize, sum: usize,
  learningRate: f32, eps: f32, penalty: f32,
): void {
  const end = min(unit * piece + piece, count);
  const rates = f32x4.splat(learningRate);
  const epsilons = f32x4.splat(eps);
  const penalties = f32x4.splat(penalty);
  for (let i = unit * piece; i < end; i += 4) {
    const at = <usize>i << 2;
    const left = end - i;
    const p = load4(parameter + at, left);
    const g = f32x4.add(load4(gradient + at, left), f32x4.mul(penalties, p));
    const s = f32x4.add(load4(sum + at, left), f32x4.mul(g, g));
    store4(sum + at, s, left);
    const step = f32x4.div(f32x4.mul(rates, g), f32x4.add(f32x4.sqrt(s), epsilons));
    store4(parameter + at, f32x4.sub(p, step), left);
  }
}

/** Adadelta: src/optimizers/adadelta.ts. */
export function adadeltaUpdate(
  unit: i32, piece: i32, count: i32, parameter: usize, gradient: usize, square: usize, change: usize,
  learningRate: f32, rho: f32, weight: f32, eps: f32, penalty: f32,
): void {
  const end = min(unit * piece + piece, count);
  const rates = f32x4.splat(learningRate);
  const rhos = f32x4.splat(rho);
  const weights = f32x4.splat(weight);
  const epsilons = f32x4.splat(eps);
  const penalties = f32x4.splat(penalty);
  for (let i = unit * piece; i < end; i += 4) {
    const at = <usize>i << 2;
    const left = end - i;
    const p = load4(parameter + at, left);
    const g = f32x4.add(load4(gradient + at, left), f32x4.mul(penalties, p));
    const s = blend4(rhos, load4(square + at, left), weights, f32x4.mul(g, g));
    const c = load4(change + at, left);
    const root = f32x4.div(f32x4.sqrt(f32x4.add(c, epsilons)), f32x4.sqrt(f32x4.add(s, epsilons)));
    const delta = f32x4.mul(root, g);
    store4(square + at, s, left);
    store4(change + at, blend4(rhos, c, weights, f32x4.mul(delta, delta)), left);
    store4(parameter + at, f32x4.sub(p, f32x4.mul(rates, delta)), left);
  }
}

/** RMSprop: src/optimizers/rmsprop.ts. `mean` and `velocity` are 0 where they are not used. */
export function rmspropUpdate(
  unit: i32, piece: i32, count: i32, parameter: usize, gradient: usize, square: usize, mean: usize, velocity: usize,
  learningRate: f32, alpha: f32, weight: f32, eps: f32, penalty: f32, momentum: f32,
): void {
  const end = min(unit * piece + piece, count);
  const rates = f32x4.splat(learningRate);
  const alphas = f32x4.splat(alpha);
  const weights = f32x4.splat(weight);
  const epsilons = f32x4.splat(eps);
  const penalties = f32x4.splat(penalty);
  const momentums = f32x4.splat(momentum);
  for (let i = unit * piece; i < end; i += 4) {
    const at = <usize>i << 2;
    const left = end - i;
    const p = load4(parameter + at, left);
    const g = f32x4.add(load4(gradient + at, left), f32x4.mul(penalties, p));
    const s = blend4(alphas, load4(square + at, left), weights, f32x4.mul(g, g));
    store4(square + at, s, left);
    let variance = s;
    if (mean) {
      const a = lerp4(load4(mean + at, left), g, weights);
      store4(mean + at, a, left);
      variance = f32x4.max(f32x4.sub(s, f32x4.mul(a, a)), f32x4.splat(0));
    }
    let direction = f32x4.div(g, f32x4.add(f32x4.sqrt(variance), epsilons));
    if (velocity) {
      direction = withoutTraces(f32x4.add(f32x4.mul(momentums, load4(velocity + at, left)), direction));
      store4(velocity + at, direction, left);
    }
    store4(parameter + at, f32x4.sub(p, f32x4.mul(rates, direction)), left);
  }
}
