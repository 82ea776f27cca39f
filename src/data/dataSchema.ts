/** The `data` section of a configuration. */
import { z } from 'zod';
import { type ModuleKind, sectionSchema } from '../kinds.ts';
import { placementSchema, splitSchema } from './dataparsers/dataparser.ts';
import { dataparserKinds } from './dataparsers/dataparserKinds.ts';
import { downscaleSchema } from './downscale.ts';

type ParserName = (typeof dataparserKinds.kinds)[number]['kind'];

/** @param dataparser of the user, if the configuration names one and it is loaded */
export function createDataSchema(dataparser?: ModuleKind) {
  const names = dataparserKinds.kinds.map(({ kind }) => kind) as [ParserName, ...ParserName[]];
  return z.strictObject({
    path: z
      .string()
      .default('')
      .describe(
        'Folder of the data set, or the file in it that says where photos were taken from; set by --data.',
      ),
    parser: z
      .union([z.enum(['auto', ...names]), ...sectionSchema(dataparserKinds, dataparser).options])
      .default('auto')
      .describe('Format, by its name or as a section with settings; auto recognizes it by its files.'),
    ...splitSchema.shape,
    ...placementSchema.shape,
    downscale: downscaleSchema,
    memoryMegabytes: z
      .number()
      .positive()
      .optional()
      .describe(
        'Memory for decoded pixels, in megabytes; what is more lies in a temporary file. Default: half of what is free, at most 2048.',
      ),
    background: z
      .enum(['white', 'black'])
      .default('white')
      .describe('What transparent pixels of held-out images are composited over.'),
  });
}

export const dataSchema = createDataSchema();
export type DataConfig = z.output<typeof dataSchema>;
