/** Settings of vanilla NeRF, with nerfstudio's defaults for the networks and samplers. */
import { z } from 'zod';

const encoding = (frequencies: number, maxExponent: number, what: string) =>
  z
    .strictObject({
      frequencies: z.number().int().min(1).max(32).default(frequencies).describe('Sines of each coordinate.'),
      minExponent: z.number().min(-8).max(24).default(0).describe('The lowest frequency, as a power of 2.'),
      maxExponent: z
        .number()
        .min(-8)
        .max(24)
        .default(maxExponent)
        .describe('The highest frequency, as a power of 2.'),
    })
    .refine(({ minExponent, maxExponent: highest }) => minExponent <= highest, {
      message: 'must be at least minExponent',
      path: ['maxExponent'],
    })
    .prefault({})
    .describe(what);

const width = z.number().int().min(1).max(1024);

export const vanillaNerfSchema = z
  .strictObject({
    positionEncoding: encoding(10, 8, 'Frequency encoding of positions, which are part of it themselves.'),
    directionEncoding: encoding(4, 4, 'Frequency encoding of view directions.'),
    base: z
      .strictObject({
        layers: z.number().int().min(1).max(32).default(8).describe('Layers, each with a ReLU.'),
        width: width.default(256).describe('Neurons of a layer.'),
        skipLayers: z
          .array(z.number().int().min(1))
          .default([4])
          .describe('Layers (counted from 0) that see the encoded position again.'),
      })
      .refine(({ layers, skipLayers }) => skipLayers.every((layer) => layer < layers), {
        message: 'must be numbers of layers, 1 to layers - 1',
        path: ['skipLayers'],
      })
      .prefault({})
      .describe('MLP from position to density and features.'),
    head: z
      .strictObject({
        layers: z.number().int().min(1).max(8).default(2).describe('Layers, each with a ReLU.'),
        width: width.default(128).describe('Neurons of a layer.'),
      })
      .prefault({})
      .describe('MLP from features and view direction to colour.'),
    coarseSamples: z
      .number()
      .int()
      .min(1)
      .max(4096)
      .default(64)
      .describe('Samples a ray for the coarse network, evenly spaced.'),
    importanceSamples: z
      .number()
      .int()
      .min(1)
      .max(4096)
      .default(128)
      .describe(
        'Further samples a ray where the coarse network found something; the fine network sees all of them.',
      ),
    near: z
      .number()
      .nonnegative()
      .optional()
      .describe('Rays begin here, model units; default: at the box of a bounded scene, 0.05 else.'),
    far: z
      .number()
      .positive()
      .optional()
      .describe('Rays end here, model units; default: at the box of a bounded scene, 1000 else.'),
    background: z
      .enum(['random', 'white', 'black'])
      .default('white')
      .describe('What training rays are composited over.'),
    raysPerStep: z.number().int().min(1).max(65_536).default(1024).describe('Rays of a training step.'),
    samplesPerPass: z
      .number()
      .int()
      .min(1)
      .max(1 << 22)
      .default(4096)
      .describe('Samples that a network sees at once (whole rays, at least one): bounds the memory.'),
  })
  .refine(({ near, far }) => near === undefined || far === undefined || near < far, {
    message: 'must be larger than near',
    path: ['far'],
  })
  .describe('vanilla-nerf: frequency encoding and a coarse and a fine MLP, composed of tensor operations.');

export type VanillaNerfConfig = z.output<typeof vanillaNerfSchema>;
