/** The formats that a data set can have. A further one is an entry here; what it does is loaded when it is used. */
import { z } from 'zod';
import type { KindList } from '../../kinds.ts';
import { defineDataparser } from './dataparser.ts';

export const dataparserKinds = {
  name: 'dataparser',
  functions: ['recognizes', 'parse'],
  madeBy: 'defineDataparser',
  /** In the order in which `parser: auto` asks them. */
  kinds: [
    defineDataparser({
      kind: 'blender',
      schema: z.strictObject({}).describe('NeRF-synthetic scenes: transforms_train.json, images with alpha.'),
      needs: 'transforms_train.json (blender)',
      recognizes: ({ names }) => names.includes('transforms_train.json'),
      parse: async ({ folder }, _settings, context) =>
        (await import('./parseBlender.ts')).parseBlender(folder, context),
    }),
    defineDataparser({
      kind: 'nerfstudio',
      schema: z.strictObject({}).describe('Captures with one transforms.json, by nerfstudio or instant-ngp.'),
      needs: 'transforms.json (nerfstudio, instant-ngp)',
      recognizes: ({ file, names }) =>
        file === undefined ? names.includes('transforms.json') : file.toLowerCase().endsWith('.json'),
      parse: async ({ folder, file }, _settings, context) =>
        (await import('./parseNerfstudio.ts')).parseNerfstudio(file ?? `${folder}/transforms.json`, context),
    }),
    defineDataparser({
      kind: 'colmap',
      schema: z
        .strictObject({
          model: z
            .string()
            .optional()
            .describe(
              'Folder of the sparse model, seen from the data set; default: sparse/0 and the like, the largest.',
            ),
          images: z
            .string()
            .optional()
            .describe('Folder of the photos, seen from the data set; default: images and the like.'),
        })
        .describe(
          'Captures placed by COLMAP: a sparse model (.bin or .txt) with its points, and the photos.',
        ),
      needs: 'sparse/0/cameras.bin (COLMAP)',
      recognizes: async ({ folder, file }, { model }) => {
        if (file !== undefined) return false;
        const { findColmapModel } = await import('./colmap/openColmap.ts');
        return (await findColmapModel(folder, model)) !== undefined;
      },
      parse: async ({ folder }, settings, context) =>
        (await import('./colmap/parseColmap.ts')).parseColmap(folder, settings, context),
    }),
  ],
} as const satisfies KindList;
