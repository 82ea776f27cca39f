/** The formats that a data set can have. A further one is an entry here; what it does is loaded when it is used. */
import { z } from 'zod';
import type { KindList } from '../../kinds.ts';
import { defineDataparser } from './dataparser.ts';

/** Of formats that call photos by their names. */
const photosSchema = z.strictObject({
  images: z
    .string()
    .optional()
    .describe('Folder of the photos, seen from the data set; default: images, else the whole data set.'),
});

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
      schema: z
        .strictObject({})
        .describe('Captures with one transforms.json, by nerfstudio, instant-ngp, KIRI Engine and others.'),
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
    defineDataparser({
      kind: 'polycam',
      schema: z
        .strictObject({
          minBlurScore: z
            .number()
            .min(0)
            .default(25)
            .describe('Photos that Polycam finds less sharp are left out (nerfstudio: min-blur-score).'),
        })
        .describe('Raw data of the phone app Polycam: keyframes with cameras and images.'),
      needs: 'keyframes/cameras (Polycam)',
      recognizes: async (source) => (await import('./phones/parsePolycam.ts')).isPolycam(source),
      parse: async ({ folder }, settings, context) =>
        (await import('./phones/parsePolycam.ts')).parsePolycam(folder, settings, context),
    }),
    defineDataparser({
      kind: 'record3d',
      schema: z
        .strictObject({})
        .describe('Captures of the phone app Record3D: metadata.json and numbered photos.'),
      needs: 'metadata.json and rgb (Record3D)',
      recognizes: async (source) => (await import('./phones/parseRecord3d.ts')).isRecord3d(source),
      parse: async (source, _settings, context) =>
        (await import('./phones/parseRecord3d.ts')).parseRecord3d(source, context),
    }),
    defineDataparser({
      kind: 'arkit',
      schema: z
        .strictObject({})
        .describe("ARKit's poses, a JSON file beside each photo, as 3D Scanner App exports them."),
      needs: 'frame_00000.json (ARKit, 3D Scanner App)',
      recognizes: async ({ file, names }) =>
        file === undefined && (await import('./phones/parseArkit.ts')).arkitFrames(names).length > 0,
      parse: async (source, _settings, context) =>
        (await import('./phones/parseArkit.ts')).parseArkit(source, context),
    }),
    defineDataparser({
      kind: 'metashape',
      schema: photosSchema.describe('Cameras that Agisoft Metashape has aligned, exported as XML.'),
      needs: 'an .xml file of cameras (Metashape)',
      recognizes: async (source) => {
        const { findExports, metashapeExport } = await import('./photogrammetry/findExport.ts');
        return (await findExports(source, metashapeExport)).length > 0;
      },
      parse: async (source, settings, context) =>
        (await import('./photogrammetry/parseMetashape.ts')).parseMetashape(source, settings, context),
    }),
    defineDataparser({
      kind: 'realitycapture',
      schema: photosSchema.describe(
        'Cameras that RealityCapture has aligned, exported as CSV (internal and external camera parameters).',
      ),
      needs: 'a .csv file of cameras (RealityCapture)',
      recognizes: async (source) => {
        const { findExports, realityCaptureExport } = await import('./photogrammetry/findExport.ts');
        return (await findExports(source, realityCaptureExport)).length > 0;
      },
      parse: async (source, settings, context) =>
        (await import('./photogrammetry/parseRealityCapture.ts')).parseRealityCapture(
          source,
          settings,
          context,
        ),
    }),
    defineDataparser({
      kind: 'odm',
      schema: photosSchema.describe('Projects of OpenDroneMap or OpenSfM: a reconstruction and the photos.'),
      needs: 'opensfm/reconstruction.json (OpenDroneMap)',
      recognizes: async ({ folder, file }) => {
        const { openDroneMapFile } = await import('./photogrammetry/parseOpenDroneMap.ts');
        return file === undefined && (await openDroneMapFile(folder)) !== undefined;
      },
      parse: async ({ folder }, settings, context) =>
        (await import('./photogrammetry/parseOpenDroneMap.ts')).parseOpenDroneMap(folder, settings, context),
    }),
    defineDataparser({
      kind: 'llff',
      schema: z.strictObject({}).describe('Forward-facing captures of LLFF: poses_bounds.npy and photos.'),
      needs: 'poses_bounds.npy (LLFF)',
      recognizes: ({ file, names }) => file === undefined && names.includes('poses_bounds.npy'),
      parse: async ({ folder }, _settings, context) =>
        (await import('./llff/parseLlff.ts')).parseLlff(folder, context),
    }),
  ],
} as const satisfies KindList;
