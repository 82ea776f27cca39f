/** What a few of a data set's photos say of the scene. A run keeps it, so that nobody has to look again and nobody finds anything else later. */
import { z } from 'zod';

/**
 * `transparent`, `white`, `black`: nearly all of the photos' border. `plain`: another colour. `surroundings`: opaque photos of more than that.
 * `unknown`: photos that are transparent here and there.
 */
const backdrops = ['transparent', 'white', 'black', 'plain', 'surroundings', 'unknown'] as const;
export type Backdrop = (typeof backdrops)[number];

export const photoFindingsSchema = z.strictObject({
  backdrop: z.enum(backdrops),
  /**
   * How far what is before a transparent, white or black backdrop reaches from the point that the cameras look at, in the coordinates of
   * the dataparser. 0 for other backdrops, and where the cameras look at no common point.
   */
  reach: z.number().nonnegative(),
});

/** Plain JSON. */
export type PhotoFindings = z.output<typeof photoFindingsSchema>;
