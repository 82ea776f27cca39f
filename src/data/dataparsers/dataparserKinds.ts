/** The formats that a data set can have. A further one is an entry here; what it does is loaded when it is used. */
import { z } from 'zod';
import { defineDataparser } from './dataparser.ts';

/** In the order in which `parser: auto` asks them. */
export const dataparserKinds = [
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
] as const;
