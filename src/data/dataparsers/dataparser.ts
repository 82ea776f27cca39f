/** What a data set's format is to the rest: something that recognizes its files and makes a scene of them. */
import { z } from 'zod';
import type { Kind } from '../../kinds.ts';
import type { Scene } from '../scene.ts';

/** Where captures are placed in the model's coordinates: the same choices for all formats. */
export const placementSchema = z.strictObject({
  orientation: z
    .enum(['auto', 'up', 'pca', 'vertical', 'overhead', 'none'])
    .default('auto')
    .describe(
      "How poses are rotated (nerfstudio's orientation_method); overhead: against the mean viewing direction; auto: up, or overhead where up vectors cancel out. Blender scenes are left as they are.",
    ),
  center: z
    .enum(['auto', 'poses', 'focus', 'none'])
    .default('auto')
    .describe(
      "What becomes the origin (nerfstudio's center_method); auto: the point the cameras look at, or their mean position where there is no such point. Blender scenes are left as they are, but with auto for those with surroundings.",
    ),
  autoScale: z
    .union([z.boolean(), z.literal('auto')])
    .default('auto')
    .describe(
      'true: scale poses so that the farthest coordinate is 1; auto: by the median distance to what is looked at, where it is the centre; not for blender scenes.',
    ),
  scale: z.number().positive().default(1).describe('Further factor on all positions.'),
});
export type Placement = z.output<typeof placementSchema>;

/** Which photos are held out: the same choices for all formats that come without a split of their own. */
export const splitSchema = z.strictObject({
  split: z
    .enum(['auto', 'lists', 'fraction', 'interval', 'filename', 'all'])
    .default('auto')
    .describe(
      "Which photos are held out (nerfstudio's eval_mode): lists of the data set; a fraction, evenly spaced; one in every few; those with eval in their file name; all train and are evaluated. auto: the lists, else a fraction. Blender scenes have lists only.",
    ),
  trainFraction: z
    .number()
    .gt(0)
    .max(1)
    .default(0.9)
    .describe('Share of the photos that train, with split=fraction.'),
  evalInterval: z
    .int()
    .min(2)
    .default(8)
    .describe('Of so many photos the first one is held out, with split=interval.'),
});
export type SplitSettings = z.output<typeof splitSchema>;

/** What a dataparser has to say that is no error: takes one line each; a pino logger is one, and so is `console`. */
export interface DataLog {
  warn(message: string): void;
}

/** The place of a data set, looked at once. */
export interface DataSource {
  /** The folder; of a file that was named, the one it lies in. */
  readonly folder: string;
  /** The file, where one was named instead of a folder. */
  readonly file?: string;
  /** Names in the folder, or that of the file alone. */
  readonly names: readonly string[];
}

/** What a dataparser is given beside the place and its settings. */
export interface ParseContext {
  readonly placement: Placement;
  /** How photos are split where the format has no split of its own. */
  readonly split: SplitSettings;
  readonly log: DataLog;
}

/** A format of data sets. */
export interface Dataparser<Name extends string = string, Schema extends z.ZodObject = z.ZodObject>
  extends Kind<Name, Schema> {
  /** What a data set of this format has, for the error where it is missing: `transforms.json (nerfstudio)`. */
  readonly needs: string;
  /** Whether the data set is of this format, by its files; `parser: auto` takes the first that says so. */
  recognizes(source: DataSource, settings: z.output<Schema>): boolean | Promise<boolean>;
  /**
   * Reads poses and image sizes, not the images.
   * @throws DataError, one line: what is wrong, where, and what to do
   */
  parse(source: DataSource, settings: z.output<Schema>, context: ParseContext): Promise<Scene>;
}

/** Says what a dataparser is, with the types of its settings; a config names the module that exports it as `dataparser`. */
export function defineDataparser<const Name extends string, Schema extends z.ZodObject>(
  dataparser: Dataparser<Name, Schema>,
): Dataparser<Name, Schema> {
  return dataparser;
}
