/**
 * Golden files of the same form with other values, from arithmetic of their own: float64, the recursions of torch's source
 * instead of this package's closed forms, one number at a time.
 */
import { randomKey, uniformAt } from '../../src/rng.ts';

const key = randomKey(7, 1001, 0);
const random = (index: number) => Math.fround(4 * uniformAt(key, index) - 2);

/** torch steps its schedulers by multiplying the last rate; this does the same. */
export function otherSchedulers(): unknown {
  const steps = Array.from({ length: 60 }, (_, step) => step);
  const recursion = (lrInit: number, next: (rate: number, step: number) => number, first = lrInit) => {
    const rates = [first];
    for (const step of steps.slice(1)) rates.push(next(rates[step - 1] as number, step));
    return rates;
  };
  const etaMin = 0.002;
  return {
    cases: [
      {
        family: 'torch',
        name: 'StepLR',
        config: { step_size: 7, gamma: 0.3 },
        lrInit: 0.2,
        steps,
        lr: recursion(0.2, (rate, step) => (step % 7 === 0 ? rate * 0.3 : rate)),
      },
      {
        family: 'torch',
        name: 'CosineAnnealingLR',
        config: { T_max: 25, eta_min: etaMin },
        lrInit: 0.05,
        steps: steps.slice(0, 25),
        lr: recursion(0.05, (rate, step) => {
          const ratio = (1 + Math.cos((Math.PI * step) / 25)) / (1 + Math.cos((Math.PI * (step - 1)) / 25));
          return ratio * (rate - etaMin) + etaMin;
        }).slice(0, 25),
      },
      {
        family: 'torch',
        name: 'LinearLR',
        config: { start_factor: 0.1, end_factor: 0.8, total_iters: 11 },
        lrInit: 0.4,
        steps,
        lr: recursion(
          0.4,
          (rate, step) =>
            step > 11 ? rate : rate * (1 + (0.8 - 0.1) / (11 * 0.1 + (step - 1) * (0.8 - 0.1))),
          0.04,
        ),
      },
      {
        family: 'torch',
        name: 'PolynomialLR',
        config: { total_iters: 30, power: 1.5 },
        lrInit: 0.3,
        steps,
        lr: recursion(0.3, (rate, step) =>
          step > 30 ? rate : rate * ((1 - step / 30) / (1 - (step - 1) / 30)) ** 1.5,
        ),
      },
      {
        family: 'nerfstudio',
        name: 'ExponentialDecay',
        config: { lr_final: 0.001, max_steps: 40, warmup_steps: 0 },
        lrInit: 0.1,
        steps,
        lr: recursion(0.1, (rate, step) => (step > 40 ? rate : rate * 0.01 ** (1 / 40))),
      },
      plateauCase(),
    ],
  };
}

/** A loss that stands still: patience 2 tolerates two bad steps, the third one halves the rate. */
function plateauCase(): unknown {
  const losses = [5, 4, 4, 4, 4, 4, 4, 4, 3, 3];
  return {
    family: 'torch',
    name: 'ReduceLROnPlateau',
    config: { factor: 0.5, patience: 2, threshold: 0.01, threshold_mode: 'abs' },
    lrInit: 1,
    losses,
    lr: [1, 1, 1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25],
  };
}

/** Seven parameters, twelve steps. */
export function otherOptimizers(): unknown {
  const init = Array.from({ length: 7 }, (_, index) => random(index));
  const gradients = Array.from({ length: 12 }, (_, step) =>
    init.map((_, index) => (index === 6 ? 0 : random(100 + 7 * step + index))),
  );
  const run = (update: (p: number, g: number, memory: number[], t: number) => number, maxNorm?: number) => {
    let params = [...init];
    const memories = init.map((): number[] => [0, 0, 0]);
    const totalNorm: number[] = [];
    const after = gradients.map((gradient, step) => {
      const norm = Math.hypot(...gradient);
      totalNorm.push(norm);
      const factor = maxNorm === undefined ? 1 : Math.min(1, maxNorm / (norm + 1e-6));
      params = params.map((p, index) =>
        update(p, (gradient[index] as number) * factor, memories[index] as number[], step + 1),
      );
      return { step, params };
    });
    return { maxNorm: maxNorm ?? null, totalNorm: maxNorm === undefined ? null : totalNorm, after };
  };
  const adamw = (p: number, g: number, memory: number[], t: number) => {
    memory[0] = 0.7 * (memory[0] as number) + 0.3 * g;
    memory[1] = 0.9 * (memory[1] as number) + 0.1 * g * g;
    const meanSquare = (memory[1] as number) / (1 - 0.9 ** t);
    const kept = p - 0.02 * 0.3 * p;
    return kept - (0.02 * ((memory[0] as number) / (1 - 0.7 ** t))) / (Math.sqrt(meanSquare) + 1e-4);
  };
  const sgd = (p: number, g: number, memory: number[], t: number) => {
    const penalized = g + 0.1 * p;
    memory[0] = t === 1 ? penalized : 0.6 * (memory[0] as number) + penalized;
    return p - 0.03 * (penalized + 0.6 * (memory[0] as number));
  };
  const adagrad = (p: number, g: number, memory: number[], t: number) => {
    memory[0] = (t === 1 ? 0.5 : (memory[0] as number)) + g * g;
    return p - ((0.1 / (1 + (t - 1) * 0.2)) * g) / (Math.sqrt(memory[0]) + 1e-10);
  };
  return {
    init: { shape: [7], data: init },
    gradients: { shape: [12, 7], data: gradients.flat() },
    cases: [
      {
        name: 'AdamW',
        config: { lr: 0.02, betas: [0.7, 0.9], eps: 1e-4, weight_decay: 0.3 },
        ...run(adamw),
      },
      {
        name: 'SGD',
        config: { lr: 0.03, momentum: 0.6, nesterov: true, weight_decay: 0.1 },
        ...run(sgd, 0.5),
      },
      {
        name: 'Adagrad',
        config: { lr: 0.1, lr_decay: 0.2, initial_accumulator_value: 0.5 },
        ...run(adagrad),
      },
    ],
  };
}

/** The entries that a line of arithmetic gives. */
export function otherComponents(): unknown {
  const points = Array.from({ length: 5 }, (_, row) => [0, 1, 2].map((axis) => random(300 + 3 * row + axis)));
  const contract = (norm: (point: number[]) => number) =>
    points.flatMap((point) => {
      const size = norm(point);
      return point.map((value) => (size < 1 ? value : (2 - 1 / size) * (value / size)));
    });
  const exponents = [-20, -1, 0.5, 16];
  const frequencies = [1, 2 ** 1.5, 8];
  const waves = (phase: number) => (point: number[]) =>
    point.flatMap((value) =>
      frequencies.map((frequency) => Math.sin(2 * Math.PI * value * frequency + phase)),
    );
  return {
    source: 'this file',
    contraction: {
      x: { shape: [5, 3], data: points.flat() },
      Linf: { shape: [5, 3], data: contract((point) => Math.max(...point.map(Math.abs))) },
      L2: { shape: [5, 3], data: contract((point) => Math.hypot(...point)) },
    },
    truncExp: {
      x: { shape: [4], data: exponents },
      out: { shape: [4], data: exponents.map(Math.exp) },
      grad: { shape: [4], data: exponents.map((x) => Math.exp(Math.max(-15, Math.min(15, x)))) },
    },
    frequencyEncoding: {
      x: { shape: [5, 3], data: points.flat() },
      numFrequencies: 3,
      minFreqExp: 0,
      maxFreqExp: 3,
      includeInput: true,
      out: {
        shape: [5, 21],
        data: points.flatMap((point) => [...waves(0)(point), ...waves(Math.PI / 2)(point), ...point]),
      },
    },
  };
}
