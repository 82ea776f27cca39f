/** Everything that the next step depends on, as named arrays: gathered for a checkpoint and put back from one. */
import { CheckpointError } from '../src/errors.ts';
import type { Parameter, Pipeline } from '../src/pipeline/pipeline.ts';
import type { Engine } from '../src/tensors/engine.ts';
import type { NamedArrays, ShapedArray } from '../src/tensors/namedArrays.ts';

/** Something that remembers and can be made to remember something else. */
export interface Stateful {
  state(): NamedArrays;
  restore(state: NamedArrays): void;
}

/** The parts of a trainer that have state. */
export interface StatefulParts {
  readonly engine: Engine;
  readonly pipeline: Pipeline;
  readonly optimizers: Stateful;
  readonly schedulers: Stateful;
  readonly accumulator: Stateful;
  readonly guards: Stateful;
}

/** Views of the whole state, by the names that checkpoints use. Valid until the next step: copy at once. */
export function gatherTensors(parts: StatefulParts): NamedArrays {
  const { engine, pipeline, optimizers, schedulers, accumulator, guards } = parts;
  return {
    ...prefixed('parameters', parameterArrays(engine, pipeline)),
    ...prefixed('optimizers', optimizers.state()),
    ...prefixed('schedulers', schedulers.state()),
    ...prefixed('accumulators', accumulator.state()),
    ...prefixed('guards', guards.state()),
    ...prefixed('pipeline', pipeline.state?.() ?? {}),
  };
}

/** Puts back what {@link gatherTensors} gave. @throws CheckpointError when names or shapes are those of another model */
export function restoreTensors(parts: StatefulParts, tensors: NamedArrays, file?: string): void {
  restoreParameters(parts, tensors, file);
  parts.optimizers.restore(optimizerTensors(tensors));
  parts.schedulers.restore(under('schedulers', tensors));
  parts.accumulator.restore(under('accumulators', tensors));
  parts.guards.restore(under('guards', tensors));
  restorePipelineState(parts.pipeline, tensors);
}

/** What the optimizers remember: moments, and averages of parameters. */
export function optimizerTensors(tensors: NamedArrays): NamedArrays {
  return under('optimizers', tensors);
}

/** Puts back the pipeline's own state, if it has any. */
export function restorePipelineState(pipeline: Pipeline, tensors: NamedArrays): void {
  pipeline.restore?.(under('pipeline', tensors));
}

/** Puts back the parameters alone, in place. @throws CheckpointError when they are those of another model; nothing is changed then */
export function restoreParameters(
  { engine, pipeline }: Pick<StatefulParts, 'engine' | 'pipeline'>,
  tensors: NamedArrays,
  file?: string,
): void {
  const saved = new Map(Object.entries(under('parameters', tensors)));
  const pairs = Object.entries(pipeline.groups).flatMap(([group, parameters]) =>
    parameters.map((parameter) => {
      const name = `${group}/${parameter.name}`;
      const array = saved.get(name);
      saved.delete(name);
      return { parameter, array: matching(name, parameter, array, file) };
    }),
  );
  const [unknown] = saved.keys();
  if (unknown !== undefined)
    throw new CheckpointError(
      `${anotherModel(file)}: it has a parameter ${unknown}, this model has not.`,
      file,
    );
  for (const { parameter, array } of pairs) engine.write(parameter.variable, array);
}

function matching(
  name: string,
  { variable }: Parameter,
  array: ShapedArray | undefined,
  file?: string,
): Float32Array {
  if (!array) throw new CheckpointError(`${anotherModel(file)}: it has no parameter ${name}.`, file);
  const same =
    array.shape.length === variable.shape.length && array.shape.every((n, i) => n === variable.shape[i]);
  if (!same || !(array.data instanceof Float32Array))
    throw new CheckpointError(
      `${anotherModel(file)}: parameter ${name} is [${array.shape.join(', ')}] there and [${variable.shape.join(', ')}] here.`,
      file,
    );
  return array.data;
}

function anotherModel(file: string | undefined): string {
  return `${file ?? 'the checkpoint'} is of another model`;
}

function parameterArrays(engine: Engine, pipeline: Pipeline): NamedArrays {
  const entries = Object.entries(pipeline.groups).flatMap(([group, parameters]) =>
    parameters.map(({ name, variable }): [string, ShapedArray] => [
      `${group}/${name}`,
      { shape: variable.shape, data: engine.read(variable) },
    ]),
  );
  return Object.fromEntries(entries);
}

function prefixed(prefix: string, arrays: NamedArrays): NamedArrays {
  return Object.fromEntries(Object.entries(arrays).map(([name, array]) => [`${prefix}/${name}`, array]));
}

function under(prefix: string, arrays: NamedArrays): NamedArrays {
  const start = `${prefix}/`;
  return Object.fromEntries(
    Object.entries(arrays).flatMap(([name, array]) =>
      name.startsWith(start) ? [[name.slice(start.length), array]] : [],
    ),
  );
}
