/**
 * What computes, as everybody else sees it. Trainer, operators, optimizers and snapshots speak to this interface alone, so that an
 * engine can keep its tensors wherever it likes: in the kernels' memory, in TensorFlow's, in plain arrays.
 */
import { EngineError } from '../errors.ts';
import type { GroupOptimizer, GroupOptimizerSettings } from '../optimizers/groupOptimizer.ts';
import type { EngineTensor, Parameter } from '../pipeline/pipeline.ts';

export interface Engine {
  /** `simd`: kernels of this package; `tensorflow`: tfjs-node; `cpu`: plain tfjs, the reference; or the name of your own. */
  readonly name: string;
  readonly threads: number;
  /** One sentence for the log: what was chosen and why. */
  readonly description: string;
  /** What else decides the last bits of its results, for example which kernels run; a checkpoint records it. */
  readonly arithmetic: string | null;
  /** Arithmetic on gradients. */
  readonly gradients: GradientMath;
  /** Moves one group's parameters as its settings say. The caller disposes it. @throws ConfigError for settings that contradict each other */
  groupOptimizer(parameters: readonly Parameter[], settings: GroupOptimizerSettings): GroupOptimizer;
  /**
   * Where numbers are read: [size] float32, the tensor's own memory where the engine can show it, else a copy. Valid until the next
   * step; not to be written to.
   */
  read(tensor: EngineTensor): Float32Array;
  /** Replaces a parameter's numbers, [size] float32. */
  write(variable: EngineTensor, values: Float32Array): void;
  /**
   * Lets a parameter hold `values` for a while. @returns what brings its own numbers back, bit for bit; until then `values` may hold
   * those, so that nothing need be copied.
   */
  substitute(variable: EngineTensor, values: Float32Array): () => void;
  /**
   * Makes this engine the one that tensor operations run on, where engines share such a place. Synchronous, and free if it is active
   * already. The trainer calls it wherever it hands control to a pipeline: engines of several trainers take turns.
   */
  activate(): void;
  dispose(): void;
}

/** The arithmetic on gradients that guards, clipping and accumulation need. Gradients may be overwritten: they are leased. */
export interface GradientMath {
  /** Whether every element is a finite number. */
  isFinite(gradient: EngineTensor): boolean;
  /** Sum of the elements' squares, in float64 where the engine has it. */
  sumOfSquares(gradient: EngineTensor): number;
  /** Every element times `factor`. @returns the argument, overwritten, or a new tensor that the caller disposes */
  scale(gradient: EngineTensor, factor: number): EngineTensor;
  /** Every element cut to -limit..limit. @returns as {@link scale} */
  clamp(gradient: EngineTensor, limit: number): EngineTensor;
  /** A place to add up gradients of this shape, all zero. The caller disposes it. */
  sum(shape: readonly number[]): GradientSum;
}

/** A sum of gradients of one parameter. */
export interface GradientSum {
  add(gradient: EngineTensor): void;
  /** The sum divided by `count`. @returns `over`, overwritten, where there is one that can be, else a new tensor that the caller disposes */
  mean(count: number, over: EngineTensor | undefined): EngineTensor;
  clear(): void;
  /** The sum so far, [size] float32; valid until it changes. */
  read(): Float32Array;
  write(values: ArrayLike<number>): void;
  dispose(): void;
}

/** Something that only some engines have, for models that are made for it. Each is a value beside the engine that offers it. */
export interface EngineNeed<Offered> {
  /** Completes "needs an engine with ...". */
  readonly description: string;
  of(engine: Engine): Offered | undefined;
}

/**
 * What `need` stands for on `engine`.
 * @param who needs it, for the error: `model instant-ngp`
 * @throws EngineError where the engine has none
 */
export function needed<Offered>(engine: Engine, need: EngineNeed<Offered>, who: string): Offered {
  const offered = need.of(engine);
  if (offered === undefined)
    throw new EngineError(
      `${who} needs an engine with ${need.description}, and the engine ${engine.name} has none; take engine=simd`,
    );
  return offered;
}
