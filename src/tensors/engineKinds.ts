/** The engines that a config can name. A further one is an entry here; its code is loaded when it is used. */
import { z } from 'zod';
import type { Kind, KindList } from '../kinds.ts';
import type { Engine } from './engine.ts';

/** Something that computes, with settings. */
export interface EngineKind<Name extends string = string, Schema extends z.ZodObject = z.ZodObject>
  extends Kind<Name, Schema> {
  /** Starts it, active; the caller disposes it. @throws EngineError saying what is missing and how to get it */
  create(settings: z.output<Schema>, threads: number): Promise<Engine>;
}

/** Says what an engine is, with the types of its settings; a config names the module that exports it as `engine`. */
export function defineEngine<const Name extends string, Schema extends z.ZodObject>(
  engine: EngineKind<Name, Schema>,
): EngineKind<Name, Schema> {
  return engine;
}

export const engineKinds = {
  name: 'engine',
  functions: ['create'],
  madeBy: 'defineEngine',
  kinds: [
    defineEngine({
      kind: 'simd',
      schema: z.strictObject({}).describe('The kernels of this package, on all cores.'),
      create: async (_settings, threads) =>
        (await import('./createSimdEngine.ts')).createSimdEngine(threads, 'as asked for'),
    }),
    defineEngine({
      kind: 'tensorflow',
      schema: z.strictObject({}).describe('TensorFlow, if it is installed.'),
      create: async (_settings, threads) =>
        (await import('./native/createTensorflowEngine.ts')).createTensorflowEngine(threads),
    }),
  ],
} as const satisfies KindList;
