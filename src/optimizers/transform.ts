/**
 * What an optimizer is made of: pure transforms of named gradients, in the manner of optax, each with a twin that works
 * in place on the kernels' memory.
 */
import * as tf from '../tensors/tf.ts';

/** Tensors by parameter name. */
export type NamedTensors = Readonly<Record<string, tf.Tensor>>;

/** What a transform remembers of each parameter, and how that begins. */
export interface MemorySpec {
  /** Tensors of the parameter's shape: filled with a number, or a copy of the parameter at the start. */
  readonly slots: Readonly<Record<string, number | 'parameter'>>;
  /** Float64 numbers, for example the count of steps. */
  readonly scalars: Readonly<Record<string, number>>;
}

/** What a transform remembers of one parameter. */
export interface Memory {
  readonly slots: NamedTensors;
  readonly scalars: Readonly<Record<string, number>>;
}

/** Memories by parameter name. Whoever holds a state owns its tensors. */
export type TransformState = Readonly<Record<string, Memory>>;

export interface TransformResult {
  readonly updates: NamedTensors;
  readonly state: TransformState;
}

/** One parameter's memory as the kernels see it: float32 arrays at byte addresses. */
export interface Block {
  readonly name: string;
  /** Elements of the parameter, of its gradient and of every slot. */
  readonly count: number;
  readonly parameter: number;
  /** The gradient; transforms before the optimizer overwrite it. */
  readonly gradient: number;
  readonly slots: Readonly<Record<string, number>>;
  /** Numbers that the transforms themselves advance. */
  readonly scalars: Record<string, number>;
}

/** Runs the kernels that walk over blocks element by element, by their names. */
export interface BlockKernels {
  /** `kernel(..., count, ...args)`: args are addresses and numbers, in the kernel's order. */
  run(kernel: string, count: number, args: readonly number[]): void;
  /** The same for a kernel that adds up; @returns its sum, with the same bits on any number of threads. */
  sum(kernel: string, count: number, args: readonly number[]): number;
}

/** A step from gradients towards parameter changes, composed by `chain`. */
export interface Transform {
  readonly memory: MemorySpec;
  /** The state before the first step. The caller owns it ({@link disposeState}). */
  init(parameters: NamedTensors): TransformState;
  /**
   * The reference form. Donates: `updates` and the slots of `state` are disposed or handed on in the result, which the
   * caller owns; `parameters` are only read.
   * @param updates gradients (before the optimizer) or changes to be added to the parameters (after it); a parameter
   *   without an entry stays as it is, and so does its memory.
   * @param learningRate the rate in force in this step.
   */
  update(
    updates: NamedTensors,
    state: TransformState,
    parameters: NamedTensors,
    learningRate: number,
  ): TransformResult;
  /**
   * The fused form of the same: gradients, slots and scalars of `blocks` are overwritten, and the optimizer moves the
   * parameters. A transform that comes after the optimizer sees parameters that have moved already.
   */
  updateInPlace(kernels: BlockKernels, blocks: readonly Block[], learningRate: number): void;
}

/** A transform's state before the first step: one memory a parameter. */
export function initialState(memory: MemorySpec, parameters: NamedTensors): TransformState {
  const state: Record<string, Memory> = {};
  for (const [name, parameter] of Object.entries(parameters)) {
    const slots: Record<string, tf.Tensor> = {};
    for (const [slot, start] of Object.entries(memory.slots))
      slots[slot] = start === 'parameter' ? parameter.clone() : tf.fill(parameter.shape, start, 'float32');
    state[name] = { slots, scalars: memory.scalars };
  }
  return state;
}

/** Frees a state that is no longer needed. */
export function disposeState(state: TransformState): void {
  for (const memory of Object.values(state)) tf.dispose(memory.slots as Record<string, tf.Tensor>);
}
