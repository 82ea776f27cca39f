/** The command `colmap`, 3.8 or newer: tasks as command lines. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Colmap, ColmapTask, Command, FeatureGroup } from './colmapTask.ts';

type Options = readonly (readonly [name: string, value: string | number])[];

/**
 * The `colmap` at `file`.
 * @param useGpu whether it is built with CUDA and a GPU is there
 */
export function colmapCommand(file: string, version: string, useGpu: boolean): Colmap {
  /** A command line with the options that this version has; which section an option is in differs between versions. */
  const command = async (name: string, paths: Options, options: Options): Promise<Command> => {
    const help = await helpOf(file, name);
    const known = options.flatMap(([option, value]) => {
      const full = new RegExp(`--(\\w+\\.${option})\\b`).exec(help)?.[1];
      return full === undefined ? [] : [`--${full}`, `${value}`];
    });
    return { file, args: [name, ...paths.flatMap(([path, value]) => [`--${path}`, `${value}`]), ...known] };
  };
  const gpu = ['use_gpu', useGpu ? 1 : 0] as const;
  return {
    kind: 'colmap',
    version,
    file,
    async commandsFor(task) {
      const database = ['database_path', task.database] as const;
      const images = ['image_path', task.images] as const;
      switch (task.kind) {
        case 'features':
          return Promise.all(
            task.groups.map((group) =>
              command(
                'feature_extractor',
                [database, images, ['image_list_path', group.list]],
                [gpu, ...cameraOptions(group)],
              ),
            ),
          );
        case 'match':
          return Promise.all(
            matching(task).map(([name, paths, options]) =>
              command(name, [database, ...paths], [gpu, ...options]),
            ),
          );
        case 'map': {
          const from: Options = task.from === undefined ? [] : [['input_path', task.from]];
          return [
            await command(
              'mapper',
              [database, images, ['output_path', task.output], ...from],
              [
                ['snapshot_path', task.snapshots],
                ['snapshot_(?:images|frames)_freq', task.snapshotEvery],
                ['random_seed', task.seed],
              ],
            ),
          ];
        }
        case 'triangulate': {
          const paths = [
            ['input_path', task.input],
            ['output_path', task.output],
            ['clear_points', 1],
          ] as const;
          return [await command('point_triangulator', [database, images, ...paths], [])];
        }
        case 'adjust': {
          const paths = [
            ['input_path', task.input],
            ['output_path', task.output],
          ] as const;
          return [await command('bundle_adjuster', paths, [])];
        }
      }
    },
  };
}

async function helpOf(file: string, name: string): Promise<string> {
  // Some versions end with an error after the help.
  const { stdout } = await promisify(execFile)(file, [name, '-h']).catch((error: { stdout?: string }) => ({
    stdout: error.stdout ?? '',
  }));
  return stdout;
}

function cameraOptions({ cameraModel, parameters, camera }: FeatureGroup): Options {
  return [
    ['camera_model', cameraModel],
    ...(parameters ? [['camera_params', parameters.join()] as const] : []),
    ...(camera === 'each' ? [['single_camera_per_image', 1] as const] : [['single_camera', 1] as const]),
    ...(typeof camera === 'number' ? [['existing_camera_id', camera] as const] : []),
  ];
}

/** Command, paths, options of each process. */
function matching(task: Extract<ColmapTask, { kind: 'match' }>): [string, Options, Options][] {
  switch (task.how) {
    case 'exhaustive':
      return [['exhaustive_matcher', [], [['block_size', task.blockSize]]]];
    case 'sequential':
      return [['sequential_matcher', [], []]];
    case 'retrieval':
      return [
        [
          'vocab_tree_builder',
          [
            ['vocab_tree_path', task.vocabulary],
            ['num_visual_words', task.words],
          ],
          [],
        ],
        [
          'vocab_tree_matcher',
          [],
          [
            ['vocab_tree_path', task.vocabulary],
            ['num_images', task.alike],
          ],
        ],
      ];
  }
}
