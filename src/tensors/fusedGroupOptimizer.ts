/** A group's optimizer on the kernels: parameters, gradients and moments lie in shared memory and are updated in place. */
import { reduceElementwise, runElementwise } from '../kernels/elementwise.ts';
import type { KernelPool } from '../kernels/kernelPool.ts';
import { moveRowsInMemory } from '../kernels/moveRowsInMemory.ts';
import type { GroupOptimizer } from '../optimizers/groupOptimizer.ts';
import type { Block, BlockKernels, Transform } from '../optimizers/transform.ts';
import type { EngineTensor, Gradients, Parameter } from '../pipeline/pipeline.ts';
import type { ShapedArray } from './namedArrays.ts';
import { tensorOf } from './tensorGradients.ts';
import * as tf from './tf.ts';

/** Where a backend keeps the values of its tensors. */
export interface TensorMemory {
  /** The values themselves, in the kernels' memory if they lie there; else what reading gives, which may be a copy. */
  live(tensor: tf.Tensor): Float32Array;
  /**
   * As `live` if nothing else shares the values, so that overwriting them changes this tensor alone (the two gradients of a sum
   * are often one array); else a copy.
   */
  own(tensor: tf.Tensor): Float32Array;
}

interface FusedParameter extends Pick<Block, 'name' | 'scalars'> {
  readonly parameter: Parameter;
  shape: readonly number[];
  count: number;
  readonly slots: Record<string, number>;
  /** Where the parameter lies if it is not the pipeline that put it into shared memory. */
  home?: number;
  /** Room for a gradient that does not lie in shared memory. */
  scratch?: number;
}

/**
 * Runs `transform` in place. A parameter that lies outside the shared memory is moved into it (its variable stays the
 * same object), a gradient that does is copied at each step.
 */
export function fusedGroupOptimizer(
  transform: Transform,
  parameters: readonly Parameter[],
  kernels: KernelPool,
  memory: TensorMemory,
): GroupOptimizer {
  const blockKernels: BlockKernels = {
    run: (kernel, count, args) => runElementwise(kernels, kernel, count, args),
    sum: (kernel, count, args) => reduceElementwise(kernels, kernel, count, args),
  };
  const fused = parameters.map((parameter): FusedParameter => {
    const { name } = parameter;
    const variable = variableOf(parameter);
    const slots: Record<string, number> = {};
    for (const [slot, start] of Object.entries(transform.memory.slots)) {
      slots[slot] = kernels.allocate(4 * variable.size);
      const view = kernels.float32(slots[slot], variable.size);
      if (start === 'parameter') view.set(variable.dataSync<'float32'>());
      else view.fill(start);
    }
    const scalars = { ...transform.memory.scalars };
    return { name, parameter, shape: variable.shape, count: variable.size, slots, scalars };
  });
  const byName = new Map(fused.map((parameter) => [parameter.name, parameter]));

  return {
    apply(gradients: Gradients, learningRate) {
      const blocks: Block[] = [];
      for (const parameter of fused) {
        const gradient = gradients[parameter.name];
        if (!gradient) continue;
        const { name, count, slots, scalars } = parameter;
        blocks.push({
          name,
          count,
          slots,
          scalars,
          parameter: addressOfParameter(kernels, parameter),
          gradient: addressOfGradient(kernels, memory, parameter, gradient),
        });
      }
      transform.updateInPlace(blockKernels, blocks, learningRate);
    },
    state() {
      const state: Record<string, ShapedArray> = {};
      for (const { name, shape, count, slots, scalars } of fused) {
        for (const [slot, address] of Object.entries(slots))
          state[`${name}/${slot}`] = { shape, data: kernels.float32(address, count) };
        for (const [scalar, value] of Object.entries(scalars))
          state[`${name}/${scalar}`] = { shape: [], data: Float64Array.of(value) };
      }
      return state;
    },
    load(path, data) {
      const at = path.lastIndexOf('/');
      const { slots, scalars, count } = byName.get(path.slice(0, at)) as FusedParameter;
      const key = path.slice(at + 1);
      const address = slots[key];
      if (address === undefined) scalars[key] = data[0] as number;
      else kernels.float32(address, count).set(data);
    },
    moveRows(from) {
      for (const parameter of fused) moveSlots(kernels, transform.memory, parameter, from);
    },
    dispose() {
      for (const { slots, scratch, home, parameter } of fused) {
        const variable = variableOf(parameter);
        for (const address of Object.values(slots)) kernels.release(address);
        if (scratch !== undefined) kernels.release(scratch);
        if (home === undefined) continue;
        if (!variable.isDisposed) place(variable, Float32Array.from(variable.dataSync<'float32'>()));
        kernels.release(home);
      }
    },
  };
}

function variableOf({ variable }: Parameter): tf.Variable {
  return variable as tf.Variable;
}

/** Slots of the parameter's new size; its rows, and where it lies, have changed already. */
function moveSlots(
  kernels: KernelPool,
  spec: Transform['memory'],
  fused: FusedParameter,
  from: Int32Array,
): void {
  const { shape, size } = fused.parameter.variable;
  const rowSize = from.length > 0 ? size / from.length : 0;
  for (const [slot, start] of Object.entries(spec.slots)) {
    const before = fused.slots[slot] as number;
    const address = kernels.reserve(4 * size);
    moveRowsInMemory(kernels, before, address, from, rowSize, start === 'parameter' ? 0 : start);
    if (start === 'parameter') {
      const values = variableOf(fused.parameter).dataSync<'float32'>();
      const view = kernels.float32(address, size);
      from.forEach((source, row) => {
        if (source < 0) view.set(values.subarray(row * rowSize, (row + 1) * rowSize), row * rowSize);
      });
    }
    kernels.release(before);
    fused.slots[slot] = address;
  }
  fused.shape = shape;
  fused.count = size;
  for (const place of ['home', 'scratch'] as const) {
    if (fused[place] !== undefined) kernels.release(fused[place]);
    delete fused[place];
  }
}

function addressOfParameter(kernels: KernelPool, parameter: FusedParameter): number {
  const { count } = parameter;
  const variable = variableOf(parameter.parameter);
  const values = variable.dataSync<'float32'>();
  const address = kernels.addressOf(values);
  if (address !== undefined) return address;
  parameter.home ??= kernels.allocate(4 * count);
  const view = kernels.float32(parameter.home, count);
  view.set(values);
  place(variable, view);
  return parameter.home;
}

function addressOfGradient(
  kernels: KernelPool,
  memory: TensorMemory,
  parameter: FusedParameter,
  gradient: EngineTensor,
): number {
  const values = memory.live(tensorOf(gradient));
  const address = kernels.addressOf(values);
  if (address !== undefined) return address;
  parameter.scratch ??= kernels.allocate(4 * parameter.count);
  kernels.float32(parameter.scratch, parameter.count).set(values);
  return parameter.scratch;
}

/** Lets `variable` hold `values` itself, not a copy of them. */
function place(variable: tf.Variable, values: Float32Array): void {
  const tensor = tf.tensor(values, variable.shape, 'float32');
  variable.assign(tensor);
  tensor.dispose();
}
