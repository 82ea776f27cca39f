/** Settings of instant-ngp. */
import { z } from 'zod';

const multipleOf4 = z.number().int().positive().multipleOf(4);

export const instantNgpSchema = z
  .strictObject({
    hashGrid: z
      .strictObject({
        levels: z.number().int().min(1).max(32).default(8).describe('Resolution levels.'),
        featuresPerLevel: z.literal([1, 2, 4]).default(4).describe('Features of a table entry.'),
        log2TableSize: z
          .number()
          .int()
          .min(10)
          .max(24)
          .default(17)
          .describe('Entries of a level at most, as a power of 2.'),
        baseResolution: z.number().int().min(2).default(16).describe('Cells a side of the coarsest level.'),
        maxResolution: z
          .number()
          .int()
          .min(2)
          .optional()
          .describe(
            'Cells a side of the finest level; default: 1024 times the size of the scene in first-level cubes.',
          ),
      })
      .prefault({})
      .describe('Multiresolution hash encoding (Müller et al. 2022).'),
    density: z
      .strictObject({
        width: multipleOf4.max(256).default(32).describe('Neurons of a hidden layer.'),
        hiddenLayers: z.number().int().min(1).max(8).default(1),
        outputs: multipleOf4.max(64).default(16).describe('Density (the first) and geometry features.'),
      })
      .prefault({})
      .describe('MLP from encoding to density.'),
    color: z
      .strictObject({
        width: multipleOf4.max(256).default(32).describe('Neurons of a hidden layer.'),
        hiddenLayers: z.number().int().min(1).max(8).default(2),
      })
      .prefault({})
      .describe(
        'MLP from geometry features and view direction (spherical harmonics, 16 components) to colour.',
      ),
    appearanceDimensions: z
      .union([z.literal(0), multipleOf4.max(64)])
      .default(0)
      .describe('Length of the learned appearance vector of each training image; 0: none.'),
    occupancy: z
      .strictObject({
        resolution: z
          .number()
          .int()
          .min(16)
          .max(256)
          .multipleOf(16)
          .default(64)
          .describe('Cells a side of each level.'),
        levels: z
          .number()
          .int()
          .min(1)
          .max(8)
          .optional()
          .describe(
            'Nested grids, each twice as large; default: 1 for a bounded scene, 5 with contraction, 2 else.',
          ),
        decay: z
          .number()
          .gt(0)
          .lt(1)
          .optional()
          .describe('Factor on a cell each time it is updated; default: 0.8 for a bounded scene, 0.5 else.'),
      })
      .prefault({})
      .describe('Occupancy grid that lets rays skip empty space.'),
    contraction: z
      .boolean()
      .default(false)
      .describe(
        'Unbounded scenes: squeezes what lies beyond the first cube into a shell around it (mip-NeRF 360), instead of ending at twice its size; the presets say true.',
      ),
    gradientScaling: z
      .number()
      .min(0)
      .max(1)
      .default(0)
      .describe(
        "Unbounded scenes whose cameras look at a common point: up to this share of the distance to it, a sample's gradient is scaled by the square of its distance from the camera, against fog before cameras (Philip and Deschaintre 2023); 0: nowhere; the presets say 0.6.",
      ),
    background: z
      .enum(['auto', 'random', 'white', 'black'])
      .default('auto')
      .describe(
        'What training rays are composited over; auto: white or black where photos are opaque and show that all around, else random.',
      ),
    targetSamples: z
      .number()
      .int()
      .min(1024)
      .max(1 << 20)
      .default(1 << 14)
      .describe(
        'Samples of a training step at first (twice as many after step 1000, four times after 4000); the number of rays adapts to it.',
      ),
  })
  .describe('instant-ngp: hash grid, two small MLPs, occupancy grid.');

export type InstantNgpConfig = z.output<typeof instantNgpSchema>;
