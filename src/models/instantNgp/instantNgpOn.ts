/** instant-ngp in the form that an engine can run: fused kernels where tensors lie in their memory, tensor operations elsewhere. */
import { type Engine, needed } from '../../tensors/engine.ts';
import { kernelsInPlace } from '../../tensors/kernelEngine.ts';
import { hostKernels } from '../../tensors/native/createTensorflowEngine.ts';
import { tensorOperations } from '../../tensors/tensorEngine.ts';
import type { ModelScene, RadianceModel } from '../radianceModel.ts';
import { createInstantNgp } from './createInstantNgp.ts';
import type { InstantNgpConfig } from './instantNgpSchema.ts';
import { createTensorInstantNgp } from './tensors/createTensorInstantNgp.ts';

/** The caller disposes the model before the engine. @throws EngineError when the engine lacks what the model needs */
export function instantNgpOn(engine: Engine, config: InstantNgpConfig, scene: ModelScene): RadianceModel {
  const who = 'model instant-ngp';
  engine.activate();
  needed(engine, tensorOperations, who);
  const kernels = kernelsInPlace.of(engine);
  if (kernels) return createInstantNgp({ ...scene, config, kernels });
  return createTensorInstantNgp({ ...scene, config, kernels: needed(engine, hostKernels, who) });
}
