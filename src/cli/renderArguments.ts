/** Arguments and help of `nerfstream render`. */
import { type Command, Option } from 'commander';

/** @param made the command, without arguments yet @param exit sets the process's exit code */
export function addRenderArguments(made: Command, exit: (code: number) => void): void {
  made
    .argument('<run-dir>', 'folder of the run')
    .argument('<path>', 'orbit, spiral, interpolate, dataset or camera-path')
    .argument('[file]', "of camera-path: nerfstudio's camera_path.json")
    .usage('RUN_DIR orbit|spiral|interpolate|dataset|camera-path [FILE] [options]')
    .option(
      '--out <dir>',
      'folder of the frames, or a file that ends in .webp, .mp4 or .webm (default: RUN_DIR/renders/<path>)',
    )
    .option(
      '--frames <count>',
      'of orbit and spiral (default: 120) and interpolate (default: 10 from view to view)',
    )
    .option('--fps <rate>', "frames a second (default: 24, or the camera path's)")
    .addOption(
      new Option(
        '--split <split>',
        'views of dataset (default: eval), or that paths go along (default: train)',
      ).choices(['train', 'eval']),
    )
    .option(
      '--output <names>',
      'what frames show, side by side: rgb, depth, accumulation, normals, and what else the model has; of dataset also photo, difference (default: rgb; of dataset rgb,photo,difference,depth)',
    )
    .option('--scale <factor>', 'of the size: 0.5 is half of each side')
    .option('--width <pixels>', 'of the picture; its height stays unless it is said, too')
    .option('--height <pixels>', 'of the picture')
    .option(
      '--background <color>',
      'white, black, or three numbers from 0 to 1: 0.1,0.2,0.3 (default: as in evaluations)',
    )
    .option(
      '--crop <box>',
      'what alone is shown: minimum x, y, z and maximum x, y, z in the coordinates of --frame, separated by commas',
    )
    .addOption(
      new Option('--frame <frame>', "coordinates of --crop: the data set's own, or the model's")
        .choices(['world', 'model'])
        .default('world'),
    )
    .addOption(new Option('--format <format>', 'of frames').choices(['png', 'jpeg']).default('png'))
    .option('--npy', 'also write the numbers of each output: 00000-depth.npy')
    .option('--depth16', 'also write distances as 16-bit PNG: 00000-depth.png')
    .option('--step <step>', 'a step, the name of a pinned checkpoint, best, or latest', 'latest')
    .option('--data <dir>', 'where the photos are now, if they have moved')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      `
The same command, begun again, makes the frames that are missing. Beside the frames, cameras.json says where each was seen from.

Examples:
  $ nerfstream render runs/fox-1 orbit --frames 120 --out fox.webp
  $ nerfstream render runs/fox-1 dataset --split train --scale 0.5
  $ nerfstream render runs/fox-1 camera-path camera_path.json --out fox.mp4`,
    )
    .action(async (runDir: string, path: string, file: string | undefined, _, self: Command) => {
      const { renderCommand } = await import('./renderCommand.ts');
      exit(await renderCommand(runDir, path, file, self.optsWithGlobals()));
    });
}
