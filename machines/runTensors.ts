/** Everything that the next step depends on, as named arrays: gathered for a checkpoint and put back from one. */
import { CheckpointError } from '../src/errors.ts';
import type { RowFollower } from '../src/optimizers/moveRows.ts';
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
  readonly optimizers: Stateful & RowFollower;
  readonly schedulers: Stateful;
  readonly accumulator: Stateful & RowFollower;
  readonly watchdogs: Stateful;
}

/** Views of the whole state, by the names that checkpoints use. Valid until the next step: copy at once. */
export function gatherTensors(parts: StatefulParts): NamedArrays {
  const { engine, pipeline, optimizers, schedulers, accumulator, watchdogs } = parts;
  engine.activate();
  return {
    ...prefixed('parameters', parameterArrays(engine, pipeline)),
    ...prefixed('optimizers', optimizers.state()),
    ...prefixed('schedulers', schedulers.state()),
    ...prefixed('accumulators', accumulator.state()),
    ...prefixed('guards', watchdogs.state()),
    ...prefixed('pipeline', pipeline.state?.() ?? {}),
  };
}

/** Puts back what {@link gatherTensors} gave. @throws CheckpointError when names or shapes are those of another model */
export function restoreTensors(parts: StatefulParts, tensors: NamedArrays, file?: string): void {
  restoreParameters(parts, tensors, file);
  parts.optimizers.restore(optimizerTensors(tensors));
  parts.schedulers.restore(under('schedulers', tensors));
  parts.accumulator.restore(under('accumulators', tensors));
  parts.watchdogs.restore(under('guards', tensors));
  restorePipelineState(parts.pipeline, tensors);
}

/** What the optimizers remember: moments, and averages of parameters. */
export function optimizerTensors(tensors: NamedArrays): NamedArrays {
  return under('optimizers', tensors);
}

/** The tensors with the parameters as evaluations see them: their averages, where optimizers keep some (`ema`). */
export function withAveragedParameters(tensors: NamedArrays): NamedArrays {
  const seen = Object.entries(tensors).map(([name, array]): [string, ShapedArray] => {
    const [, parameter] = /^parameters\/(.*)$/s.exec(name) ?? [];
    const average = parameter === undefined ? undefined : tensors[`optimizers/${parameter}/average`];
    return [name, average ? { ...array, data: average.data } : array];
  });
  return Object.fromEntries(seen);
}

/** Puts back the pipeline's own state, if it has any. */
export function restorePipelineState(pipeline: Pick<Pipeline, 'restore'>, tensors: NamedArrays): void {
  pipeline.restore?.(under('pipeline', tensors));
}

/** Puts back the parameters alone, in place; those whose rows come and go get as many as were saved. @throws CheckpointError when they are those of another model; nothing is changed then */
export function restoreParameters(
  parts: {
    readonly engine: Engine;
    readonly pipeline: Pick<Pipeline, 'groups'>;
    /** What remembers something of the parameters' rows. */
    readonly optimizers?: RowFollower;
    readonly accumulator?: RowFollower;
  },
  tensors: NamedArrays,
  file?: string,
): void {
  const { engine, pipeline, optimizers, accumulator } = parts;
  const saved = new Map(Object.entries(under('parameters', tensors)));
  const pairs = Object.entries(pipeline.groups).flatMap(([group, parameters]) =>
    parameters.map((parameter) => {
      const name = `${group}/${parameter.name}`;
      const array = saved.get(name);
      saved.delete(name);
      return { group, parameter, array: matching(name, parameter, array, file) };
    }),
  );
  const [unknown] = saved.keys();
  if (unknown !== undefined)
    throw new CheckpointError(
      `${anotherModel(file)}: it has a parameter ${unknown}, this model has not.`,
      file,
    );
  const resized = new Map<string, number>();
  for (const { group, parameter, array } of pairs) {
    const rows = array.shape[0] as number;
    if (rows !== parameter.variable.shape[0]) {
      parameter.resize?.(rows);
      resized.set(group, rows);
    }
    engine.write(parameter.variable, array.data);
  }
  for (const [group, rows] of resized)
    for (const follower of [optimizers, accumulator])
      follower?.moveRows(group, new Int32Array(rows).fill(-1));
}

function matching(
  name: string,
  { variable, resize }: Parameter,
  array: ShapedArray | undefined,
  file?: string,
): { readonly shape: readonly number[]; readonly data: Float32Array } {
  if (!array) throw new CheckpointError(`${anotherModel(file)}: it has no parameter ${name}.`, file);
  const same =
    array.shape.length === variable.shape.length &&
    array.shape.every((n, i) => n === variable.shape[i] || (i === 0 && resize !== undefined));
  if (!same || !(array.data instanceof Float32Array))
    throw new CheckpointError(
      `${anotherModel(file)}: parameter ${name} is [${array.shape.join(', ')}] there and [${variable.shape.join(', ')}] here.`,
      file,
    );
  return { shape: array.shape, data: array.data };
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
