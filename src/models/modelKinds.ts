/** The models that a config can name. A further one is an entry here; its code is loaded when it is used. */
import type { KindList } from '../kinds.ts';
import { needed } from '../tensors/engine.ts';
import { instantNgpSchema } from './instantNgp/instantNgpSchema.ts';
import { defineModel } from './modelKind.ts';
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

export const modelKinds = {
  name: 'model',
  functions: ['createPipeline'],
  madeBy: 'defineModel or definePipeline',
  kinds: [instantNgp, vanillaNerf],
} as const satisfies KindList;
