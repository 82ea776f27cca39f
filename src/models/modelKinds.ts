/** The models that a config can name. A further one is an entry here; its code is loaded when it is used. */
import type { KindList } from '../kinds.ts';
import { needed } from '../tensors/engine.ts';
import { instantNgpSchema } from './instantNgp/instantNgpSchema.ts';
import { defineModel, definePipeline } from './modelKind.ts';
import { splatSchema } from './splat/splatSchema.ts';
import { vanillaNerfSchema } from './vanillaNerf/vanillaNerfSchema.ts';

const instantNgp = defineModel({
  kind: 'instant-ngp',
  schema: instantNgpSchema,
  create: async (config, scene, engine) =>
    (await import('./instantNgp/instantNgpOn.ts')).instantNgpOn(engine, config, scene),
});

const vanillaNerf = defineModel({
  kind: 'vanilla-nerf',
  schema: vanillaNerfSchema,
  async create(config, scene, engine) {
    const { createVanillaNerf } = await import('./vanillaNerf/createVanillaNerf.ts');
    const { tensorOperations } = await import('../tensors/tensorEngine.ts');
    needed(engine, tensorOperations, 'model vanilla-nerf');
    engine.activate();
    return createVanillaNerf({ ...scene, config });
  },
});

const splat = definePipeline({
  kind: 'splat',
  schema: splatSchema,
  readsStartFiles: true,
  async createPipeline(settings, setting) {
    const { createSplatPipeline } = await import('../pipeline/createSplatPipeline.ts');
    return createSplatPipeline(settings, setting);
  },
  async createView(settings, setting) {
    const { createSplatView } = await import('../pipeline/createSplatPipeline.ts');
    return createSplatView(settings, setting);
  },
});

export const modelKinds = {
  name: 'model',
  functions: ['createPipeline'],
  madeBy: 'defineModel or definePipeline',
  kinds: [instantNgp, vanillaNerf, splat],
} as const satisfies KindList;
