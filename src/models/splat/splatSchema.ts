/** Settings of Gaussian splats. */
import { z } from 'zod';
import { densifierSchema } from './densify/densifierKinds.ts';

const share = (of: number) => z.number().min(0).max(1).default(of);

export const splatSchema = z
  .strictObject({
    horizonSteps: z
      .number()
      .int()
      .positive()
      .default(12_000)
      .describe('Steps that the shares below are shares of; the learning rates have horizons of their own.'),
    maxSplats: z
      .union([
        z.literal('auto'),
        z
          .number()
          .int()
          .min(100)
          .max(1 << 20),
      ])
      .default('auto')
      .describe(
        'Most splats there are to be; with densify.kind budget, as many as there are at the end of the growth. auto: from the horizon, and fewer where the photos have few pixels.',
      ),
    harmonicsDegree: z
      .literal([0, 1, 2, 3])
      .default(2)
      .describe(
        'Degree of the spherical harmonics: how colours change with the direction they are seen from.',
      ),
    firstDegreeFrom: share(0.05).describe('Share of the horizon after which degree 1 is trained.'),
    higherDegreesFrom: share(0.15).describe(
      'Share of the horizon after which the higher degrees are trained.',
    ),
    quarterUntil: share(0.02).describe(
      'Share of the horizon that is trained at a quarter of the resolution.',
    ),
    halfUntil: share(0.1).describe('Share of the horizon until which half of the resolution is trained.'),
    pixelsPerStep: z
      .number()
      .int()
      .positive()
      .default(22_000)
      .describe(
        'Pixels that a step looks at, about, where rowStride is auto: a step costs as much whatever the size of the photos.',
      ),
    rowStride: z
      .union([z.literal('auto'), z.number().int().min(1).max(64)])
      .default('auto')
      .describe(
        'A step looks at every so many-th row of a photo, from a random one on; auto: from pixelsPerStep.',
      ),
    halfRowStride: z
      .union([z.literal('auto'), z.number().int().min(1).max(64)])
      .default('auto')
      .describe('The same at half of the resolution; auto: half of rowStride.'),
    densify: densifierSchema
      .prefault({ kind: 'budget' })
      .describe('How splats come and go: budget splits them up to a planned number.'),
    opacityPenalty: z
      .union([z.literal('auto'), z.number().nonnegative()])
      .default('auto')
      .describe(
        'Added to the loss: this times the mean opacity of all splats, of those in view. It clears the air before the cameras where few photos look the same way; auto: from how many do.',
      ),
    start: z
      .strictObject({
        points: z.number().int().positive().default(5_000).describe('Splats at the start, at most.'),
        opacity: z.number().gt(0).lt(1).default(0.5).describe('Their opacity.'),
        size: z
          .number()
          .positive()
          .default(0.5)
          .describe('Their size in distances to their nearest neighbours.'),
      })
      .prefault({})
      .describe(
        'How training begins: on the points of the data set, inside the silhouettes of transparent photos, or on depths that a plane sweep finds.',
      ),
    background: z
      .enum(['random', 'white', 'black'])
      .default('random')
      .describe('What transparent photos are composited over in training.'),
    cameras: z
      .strictObject({
        optimize: z
          .enum(['off', 'SO3xR3'])
          .default('off')
          .describe(
            'SO3xR3: the pose of each training photo is corrected by a step and a turn of its own (group poses), for poses that are a little off; held-out photos keep theirs.',
          ),
      })
      .prefault({})
      .describe('Cameras of the training photos.'),
    light: z
      .enum(['none', 'gainBias'])
      .default('none')
      .describe(
        'gainBias: each training photo has a gain and a bias of its own on red, green and blue (group light), for photos of different exposure or white balance.',
      ),
  })
  .describe('Gaussian splats, trained on rows of photos (Kerbl et al. 2023, on a processor).');

export type SplatConfig = z.output<typeof splatSchema>;
