/** Makes the model that a config names. */
import { type Engine, needed } from '../tensors/engine.ts';
import { kernelsInPlace } from '../tensors/kernelEngine.ts';
import { hostKernels } from '../tensors/native/createTensorflowEngine.ts';
import { tensorOperations } from '../tensors/tensorEngine.ts';
import { createInstantNgp } from './instantNgp/createInstantNgp.ts';
import { createTensorInstantNgp } from './instantNgp/tensors/createTensorInstantNgp.ts';
import type { ModelConfig } from './modelSchema.ts';
import type { ModelScene, RadianceModel } from './radianceModel.ts';
import { createVanillaNerf } from './vanillaNerf/createVanillaNerf.ts';

/** The caller disposes the model before the engine. @throws EngineError when the engine lacks what the model needs */
export function createRadianceModel(config: ModelConfig, engine: Engine, scene: ModelScene): RadianceModel {
  const who = `model ${config.kind}`;
  engine.activate();
  needed(engine, tensorOperations, who);
  if (config.kind === 'vanilla-nerf') return createVanillaNerf({ ...scene, config });
  const kernels = kernelsInPlace.of(engine);
  if (kernels) return createInstantNgp({ ...scene, config, kernels });
  return createTensorInstantNgp({ ...scene, config, kernels: needed(engine, hostKernels, who) });
}
