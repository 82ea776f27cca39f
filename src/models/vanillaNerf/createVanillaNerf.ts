/**
 * NeRF as it began (Mildenhall et al. 2020), with the networks and samplers of nerfstudio's vanilla-nerf: a coarse network looks at
 * even samples of a ray, a fine one at more of them where the first found something. All of it is tensor operations on the tape, so
 * that it runs on any engine.
 */
import { CheckpointError } from '../../errors.ts';
import { untimed } from '../../profile/phaseClock.ts';
import { createRayBuffers, type ModelScene, type RadianceModel } from '../radianceModel.ts';
import { gradientSum } from './gradientSum.ts';
import { createRadianceNetwork } from './radianceNetwork.ts';
import { renderRays } from './renderRays.ts';
import { createSampleEncoder } from './sampleEncoder.ts';
import { createSampleSpace } from './sampleSpace.ts';
import { trainRays } from './trainRays.ts';
import type { VanillaNerf } from './vanillaNerf.ts';
import type { VanillaNerfConfig } from './vanillaNerfSchema.ts';

export interface VanillaNerfOptions extends ModelScene {
  readonly config: VanillaNerfConfig;
}

/** Rays that an evaluation renders in one call. */
const renderCapacity = 1024;
const histogramPadding = 0.01;

/** The caller disposes the model. @throws ConfigError when `near` lies behind the default of `far` */
export function createVanillaNerf({
  config,
  bounds,
  seed,
  evalBackground,
}: VanillaNerfOptions): RadianceModel {
  const model = assemble(config, bounds, seed);
  const parameters = [...model.coarse.parameters, ...model.fine.parameters];
  const gradients = gradientSum(parameters);
  const rays = createRayBuffers(Math.max(renderCapacity, config.raysPerStep));
  const samplesPerRay = 2 * config.coarseSamples + config.importanceSamples + 1;

  return {
    groups: { fields: parameters },
    rays,
    rayCount: () => config.raysPerStep,
    trainStep(step, count, time = untimed) {
      gradients.clear();
      const losses = time('forward_backward', () => trainRays(model, rays, step, count, gradients));
      return {
        losses: { rgb_coarse: losses.coarse, rgb_fine: losses.fine },
        metrics: { psnr: -10 * Math.log10(losses.fine), samples_per_ray: samplesPerRay },
        gradients: gradients.gradients,
      };
    },
    commit() {},
    render: (count, crop) => renderRays(model, rays, count, bounds.hasAlpha ? evalBackground : 'black', crop),
    state: () => ({}),
    restore(state) {
      const [unknown] = Object.keys(state);
      if (unknown !== undefined)
        throw new CheckpointError(`the checkpoint has ${unknown}; it belongs to another model`);
    },
    dispose() {
      gradients.clear();
      model.coarse.dispose();
      model.fine.dispose();
    },
  };
}

function assemble(config: VanillaNerfConfig, bounds: ModelScene['bounds'], seed: number): VanillaNerf {
  const space = createSampleSpace(bounds, config);
  const encoder = createSampleEncoder(config, bounds);
  const { positionSize, directionSize } = encoder;
  const network = (name: string, index: number) =>
    createRadianceNetwork({ config, name, positionSize, directionSize, seed, index });
  const { coarseSamples, importanceSamples, samplesPerPass } = config;
  return {
    config,
    seed,
    coarse: network('coarse', 0),
    fine: network('fine', 1),
    space,
    encoder,
    resampling: { numSamples: importanceSamples, histogramPadding, includeOriginal: true },
    raysPerPass: Math.max(1, Math.floor(samplesPerPass / (coarseSamples + importanceSamples + 1))),
  };
}
