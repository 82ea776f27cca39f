/** Scales the loss so that gradients in half precision neither vanish nor overflow (Micikevicius et al. 2018). */

export interface LossScaleSettings {
  /** @defaultValue 65,536 */
  readonly initial?: number;
  /** Finite steps in a row after which the scale grows. @defaultValue 2,000 */
  readonly growthSteps?: number;
  /** Factor of growth, and divisor after a step that was not finite. @defaultValue 2 */
  readonly factor?: number;
}

export interface LossScale {
  /** What the pipeline multiplies the loss with, and `unscaleGradients` divides gradients by. */
  readonly value: number;
  /** Hears whether the step's gradients were finite. */
  update(finite: boolean): void;
  /** [scale, finite steps since it changed]: all that it remembers. */
  state(): readonly [number, number];
  restore(state: ArrayLike<number>): void;
}

/** Powers of two as factors keep the scaling exact. The scale stays within 1 and 2^24. */
export function createLossScale(settings: LossScaleSettings = {}): LossScale {
  const { initial = 65_536, growthSteps = 2000, factor = 2 } = settings;
  let value = initial;
  let finiteSteps = 0;
  return {
    get value() {
      return value;
    },
    update(finite) {
      finiteSteps = finite ? finiteSteps + 1 : 0;
      if (!finite) value = Math.max(1, value / factor);
      else if (finiteSteps === growthSteps) {
        value = Math.min(2 ** 24, value * factor);
        finiteSteps = 0;
      }
    },
    state: () => [value, finiteSteps],
    restore(state) {
      [value, finiteSteps] = Array.from(state) as [number, number];
    },
  };
}
