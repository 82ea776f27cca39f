/** Makes the model that a config names. */
import { EngineError } from '../errors.ts';
import type { Engine } from '../tensors/engine.ts';
import { createInstantNgp } from './instantNgp/createInstantNgp.ts';
import { createTensorInstantNgp } from './instantNgp/tensors/createTensorInstantNgp.ts';
import type { ModelConfig } from './modelSchema.ts';
import type { ModelScene, RadianceModel } from './radianceModel.ts';
import { createVanillaNerf } from './vanillaNerf/createVanillaNerf.ts';

/** The caller disposes the model before the engine. @throws EngineError when the engine lacks what the model needs */
export function createRadianceModel(config: ModelConfig, engine: Engine, scene: ModelScene): RadianceModel {
  if (config.kind === 'vanilla-nerf') return createVanillaNerf({ ...scene, config });
  const { kernels, hostKernels } = engine;
  if (kernels) return createInstantNgp({ ...scene, config, kernels });
  if (hostKernels) return createTensorInstantNgp({ ...scene, config, kernels: hostKernels });
  throw new EngineError(`model ${config.kind} needs an engine with kernels`);
}
