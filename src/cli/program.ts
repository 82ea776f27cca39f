/** The command line: every command with its arguments, options and help. What they do is loaded when one is called. */
import { Command, Option } from 'commander';
import { addFleetArguments, addWorkerArguments, redisOptions } from './fleetArguments.ts';
import { addRenderArguments } from './renderArguments.ts';
import { addStudioFlags, defaultRuns, readOnly } from './studioFlags.ts';
import { addSweepArguments } from './sweepArguments.ts';
import { startTrainerAhead } from './trainerWorker.ts';

/** Sets the process's exit code when a command has ended. */
export type ExitCode = (code: number) => void;

const settingsHint = `
Settings are given as key=value, for example trainer.maxSteps=2000 threads=4 groups.encoding.optimizer.learningRate=1e-2.
Every key with its default and meaning: nerfstream train --keys`;

/** `auto`, and COLMAP's camera models that can be trained on. */
const lensModels = [
  'auto',
  'OPENCV',
  'SIMPLE_PINHOLE',
  'PINHOLE',
  'SIMPLE_RADIAL',
  'RADIAL',
  'SIMPLE_RADIAL_FISHEYE',
  'RADIAL_FISHEYE',
  'OPENCV_FISHEYE',
];

/** Builds the command line. Errors in it are thrown as `CommanderError`. */
export function createProgram(version: string, exit: ExitCode): Command {
  const program = new Command('nerfstream')
    .description('Trains neural radiance fields and Gaussian splats from photos.')
    .version(version, '--version', 'print the version')
    .option('--debug', 'print stack traces and debug messages')
    .helpCommand(false)
    .addHelpText('after', '\nStart here:\n  $ nerfstream demo\n  $ nerfstream train --data photos/fox');
  quiet(program);
  addPhotos(program, exit);
  addTraining(program, exit);
  addSweeps(program, exit);
  addResults(program, exit);
  addLookingAtRuns(program, exit);
  addCheckpoints(program, exit);
  addWorkerArguments(
    command(
      program,
      'worker',
      'Takes runs from the queue of a fleet and trains them, each in a process of its own.',
    ),
    exit,
  );
  addFleetArguments(command(program, 'fleet', 'Looks at a fleet of workers, and controls its runs.'), exit);
  return program;
}

function addPhotos(program: Command, exit: ExitCode): void {
  command(
    program,
    'process',
    'Finds the camera poses of photos or a video, with COLMAP: what comes out trains.',
  )
    .argument('<photos-or-video>', 'a folder of photos, a video, or with --points a data set')
    .usage('PHOTOS_OR_VIDEO --out DIR [options]')
    .requiredOption('--out <dir>', 'where photos and poses go; an interrupted process goes on there')
    .addOption(
      new Option(
        '--camera-model <model>',
        'lens model (default: auto, SIMPLE_RADIAL, or OPENCV where the photos determine its parameters)',
      ).choices(lensModels),
    )
    .option(
      '--camera-per-photo',
      'a lens of its own for each photo (zoom, mixed cameras); else one for each size',
    )
    .addOption(
      new Option(
        '--matching <how>',
        'which pairs of photos are compared (default: auto, all pairs of up to 200 photos; of more and of a video, neighbours and what looks alike)',
      ).choices(['auto', 'exhaustive', 'sequential', 'retrieval']),
    )
    .option(
      '--frames <count>',
      'of a video: how many frames are taken, the sharpest of each interval (default: 150)',
    )
    .option('--points', 'the photos have poses: only find points, and keep the poses')
    .option('--json', 'print the report as one JSON object')
    .addHelpText(
      'after',
      '\nExamples:\n  $ nerfstream process photos/fox --out scenes/fox\n  $ nerfstream process walk.mp4 --out scenes/walk\n  $ nerfstream process --points captures/fox --out scenes/fox',
    )
    .action(async (source: string, _, self: Command) => {
      const { processCommand } = await import('./processCommand.ts');
      exit(await processCommand(source, self.optsWithGlobals()));
    });
}

function addTraining(program: Command, exit: ExitCode): void {
  addStudioFlags(command(program, 'train', 'Trains on a folder of photos with camera poses.'))
    .argument('[arguments...]', 'a method or a CONFIG.yaml (default: splat), then settings as key=value')
    .usage('[METHOD | CONFIG.yaml] --data DIR [options] [key=value ...]')
    .option(
      '--data <dir>',
      'folder of the data set (transforms.json, or transforms_train.json and transforms_test.json)',
    )
    .option(
      '--process',
      'DIR holds photos without poses, or is a video: find the poses first, as nerfstream process does',
    )
    .option(
      '--load <file>',
      'start from the weights of this checkpoint or .safetensors file, or from the splats of this .ply file',
    )
    .option(
      '--check',
      'read everything, make two steps, evaluate and save in small, say what to expect, and leave nothing',
    )
    .option('--keys', 'list every setting with its default and meaning, and exit')
    .addOption(withParent())
    .addOption(out())
    .addOption(name())
    .addHelpText(
      'after',
      `${settingsHint}\n\nExamples:
  $ nerfstream train --data photos/fox
  $ nerfstream train instant-ngp --data photos/fox trainer.maxSeconds=120
  $ nerfstream train my-config.yaml --data photos/fox --name fox-1
  $ nerfstream train splat --data photos/fox --check
  $ nerfstream train --data photos/fox --studio`,
    )
    .action(async (args: string[], { keys, check, process }, self: Command) => {
      if (!keys && !check && !process) startTrainerAhead();
      const { trainCommand } = await import('./trainCommand.ts');
      exit(await trainCommand(args, self.optsWithGlobals()));
    });

  addStudioFlags(
    command(
      program,
      'resume',
      'Goes on with an interrupted or completed run from its newest whole checkpoint.',
    ),
  )
    .argument('<run-dir>', 'folder of the run')
    .argument('[settings...]', 'key=value; the model, data, optimizers and seed stay as they are')
    .usage('RUN_DIR [options] [key=value ...]')
    .addOption(movedData())
    .addOption(withParent())
    .addHelpText(
      'after',
      `${settingsHint}\n\nExample:\n  $ nerfstream resume runs/fox-1 trainer.maxSteps=60000\n  $ nerfstream resume runs/fox-1 --data /mnt/photos/fox`,
    )
    .action(async (runDir: string, args: string[], _, self: Command) => {
      startTrainerAhead();
      const { resumeCommand } = await import('./resumeCommand.ts');
      exit(await resumeCommand(runDir, args, self.optsWithGlobals()));
    });

  addStudioFlags(
    command(
      program,
      'demo',
      'Renders a small scene of its own and trains on it: needs no data, takes about 20 seconds.',
    ),
  )
    .argument('[arguments...]', 'a method (default: 2,000 steps of splats), then settings as key=value')
    .usage('[METHOD] [options] [key=value ...]')
    .addOption(out())
    .addOption(name())
    .addHelpText(
      'after',
      `${settingsHint}\n\nExamples:\n  $ nerfstream demo trainer.maxSeconds=20\n  $ nerfstream demo vanilla-nerf\n  $ nerfstream demo --studio`,
    )
    .action(async (args: string[], _, self: Command) => {
      startTrainerAhead();
      const { demoCommand } = await import('./demoCommand.ts');
      exit(await demoCommand(args, self.optsWithGlobals()));
    });
}

function addSweeps(program: Command, exit: ExitCode): void {
  addSweepArguments(
    command(program, 'sweep', 'Tries settings, scenes and methods in many runs, and compares them.'),
    exit,
  );
}

function addResults(program: Command, exit: ExitCode): void {
  command(program, 'eval', 'Compares runs with photos (PSNR, SSIM), image by image, and writes the renders.')
    .argument('<run-dirs...>', 'folders of runs')
    .usage('RUN_DIR... [options]')
    .addOption(
      new Option('--split <split>', 'held-out photos, or those of training')
        .choices(['eval', 'train'])
        .default('eval'),
    )
    .option('--step <step>', 'a step, the name of a pinned checkpoint, best, or latest', 'latest')
    .addOption(movedData())
    .option('--json', 'print one JSON object; of several runs a list')
    .option('--csv <file>', 'also write a table: a line for each image')
    .option('--html <file>', 'also write a page with photos, renders and differences')
    .option('--lpips <file>', 'also measure LPIPS, with the weights of AlexNet in this .safetensors file')
    .addHelpText(
      'after',
      '\nExamples:\n  $ nerfstream eval runs/fox-1\n  $ nerfstream eval runs/fox-1 runs/fox-2 --html compared.html',
    )
    .action(async (runDirs: string[], _, self: Command) => {
      const { evalCommand } = await import('./evalCommand.ts');
      exit(await evalCommand(runDirs, self.optsWithGlobals()));
    });

  addRenderArguments(
    command(program, 'render', 'Renders pictures of a run along a path: frames, an animation or a video.'),
    exit,
  );
  addExport(program, exit);
}

function addLookingAtRuns(program: Command, exit: ExitCode): void {
  redisOptions(
    command(program, 'studio', 'Shows runs in the browser: pictures from anywhere, curves, camera paths.'),
    '--redis [url]',
  )
    .argument('[run-dir]', 'a run folder, or a folder of run folders', defaultRuns)
    .usage('[RUN_DIR | RUNS] [options]')
    .option('--port <port>', 'where it listens (default: one that is free)')
    .option('--host <host>', 'lets other machines in, with a token in the address')
    .option(
      '--data <dir>',
      'runs that are begun in the browser take photos from here alone (default: the working directory)',
    )
    .addOption(readOnly())
    .addHelpText(
      'after',
      `
With --redis the list of runs has those of the fleet that meets there, too, wherever they are trained.

Examples:
  $ nerfstream studio
  $ nerfstream studio runs/fox-1 --port 8080
  $ nerfstream studio --redis redis://localhost:6379`,
    )
    .action(async (place: string, _, self: Command) => {
      const { studioCommand } = await import('./studioCommand.ts');
      exit(await studioCommand(place, self.optsWithGlobals()));
    });

  command(program, 'inspect', "Prints a checkpoint's step, configuration and tensors with their checksums.")
    .argument('<checkpoint>', 'a .ckpt file')
    .usage('CHECKPOINT [--json]')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      '\nExample:\n  $ nerfstream inspect runs/fox-1/checkpoints/step-000002000.ckpt --json',
    )
    .action(async (file: string, _, self: Command) => {
      const { inspectCommand } = await import('./inspectCommand.ts');
      exit(await inspectCommand(file, self.optsWithGlobals()));
    });

  // Its commands and their help come from the list of commands, which is read only then.
  command(program, 'ctl', 'Controls a run while it runs.')
    .argument('[arguments...]')
    .allowUnknownOption()
    .helpOption(false)
    .action(async (args: string[], _, self: Command) => {
      const { ctlCommand } = await import('./ctlCommand.ts');
      exit(await ctlCommand(args, self.optsWithGlobals()));
    });

  command(
    program,
    'doctor',
    'Says what this machine offers: Node.js, engine, SIMD, threads, memory, TensorFlow.',
  )
    .usage('[--json]')
    .option('--json', 'print one JSON object')
    .addHelpText('after', '\nExample:\n  $ nerfstream doctor')
    .action(async (_, self: Command) => {
      const { doctorCommand } = await import('./doctorCommand.ts');
      exit(await doctorCommand(self.optsWithGlobals()));
    });
}

function addExport(program: Command, exit: ExitCode): void {
  command(program, 'export', 'Writes what a run has learned as files of other programs.')
    .argument('<run-dir>', 'folder of the run')
    .argument(
      '<what>',
      'splats: for viewers and editors of 3D Gaussian splats; pointcloud and mesh: surfaces, of any model; cameras: poses and lenses of the photos; weights: all parameters, for machine-learning libraries',
    )
    .usage('RUN_DIR splats|pointcloud|mesh|cameras|weights --out FILE [options]')
    .requiredOption(
      '--out <file>',
      'splats: .ply (every bit), .splat (no harmonics), .spz or .sog (small, for the web); pointcloud: .ply; mesh: .glb, .ply or .obj; cameras: .json (as nerfstudio), or a folder (COLMAP in text); weights: .safetensors. What is there is replaced',
    )
    .addOption(
      new Option('--frame <frame>', "coordinates: the data set's own, or the model's")
        .choices(['world', 'model'])
        .default('world'),
    )
    .option('--step <step>', 'a step, the name of a pinned checkpoint, best, or latest', 'latest')
    .option('--points <count>', 'of a point cloud, at most (default: 1,000,000)')
    .option('--faces <count>', 'of a mesh, at most (default: 200,000)')
    .option('--resolution <count>', 'of a mesh: grid points along its longest side (default: 256)')
    .option(
      '--crop <box>',
      'of a point cloud or mesh: minimum x, y, z and maximum x, y, z in the coordinates of --frame, separated by commas',
    )
    .addOption(movedData())
    .addHelpText(
      'after',
      '\nExamples:\n  $ nerfstream export runs/fox-1 mesh --out fox.glb\n  $ nerfstream export runs/fox-1 pointcloud --out fox.ply --points 2000000\n  $ nerfstream export runs/fox-1 splats --out web/fox.spz\n  $ nerfstream export runs/fox-1 cameras --out fox.json\n  $ nerfstream export runs/fox-1 cameras --out fox/sparse/0',
    )
    .action(async (runDir: string, what: string, _, self: Command) => {
      const { exportCommand } = await import('./exportCommand.ts');
      exit(await exportCommand(runDir, what, self.optsWithGlobals()));
    });
}

function addCheckpoints(program: Command, exit: ExitCode): void {
  command(program, 'checkpoints', 'Lists, verifies, keeps, deletes and exports what a run has saved.')
    .argument('<run-dir>', 'folder of the run')
    .argument('[command]', 'list, verify, prune, pin, unpin or export', 'list')
    .argument('[arguments...]', 'see below')
    .usage('RUN_DIR list|verify|prune|pin|unpin|export [arguments] [options]')
    .option('--json', 'print JSON (list, verify, prune)')
    .option('--dry-run', 'say what prune would delete, and delete nothing')
    .option('--format <name>', 'what export writes: safetensors', 'safetensors')
    .option('--force', 'let export replace a file')
    .addHelpText(
      'after',
      `
STEP is a step, the name of a pin, or latest.
  list                    what is there, and why it stays
  verify                  reads every byte; exit code 1 if anything is damaged
  prune [key=value ...]   deletes what the run's settings do not keep, for example checkpoint.keep=1
  pin STEP [NAME]         keeps a checkpoint whatever the settings say
  unpin NAME              gives it up again
  export STEP FILE        writes the weights for other programs; train --load reads them, too

Examples:
  $ nerfstream checkpoints runs/fox-1
  $ nerfstream checkpoints runs/fox-1 pin latest before-the-change
  $ nerfstream checkpoints runs/fox-1 export 2000 --format safetensors fox.safetensors`,
    )
    .action(async (runDir: string, name: string, args: string[], _, self: Command) => {
      const { checkpointsCommand } = await import('./checkpointsCommand.ts');
      exit(await checkpointsCommand(runDir, name, args, self.optsWithGlobals()));
    });
}

function command(program: Command, name: string, description: string): Command {
  const made = program.command(name).description(description);
  quiet(made);
  return made;
}

/** Errors are thrown, and printed by `main.ts` like all others: in one line. */
function quiet(made: Command): void {
  made.exitOverride().configureOutput({ outputError: () => {} });
}

function out(): Option {
  return new Option('--out <dir>', 'where run folders go').default('runs');
}

/** For programs that start trainings, such as sweeps and workers. */
function withParent(): Option {
  return new Option(
    '--with-parent',
    'end, saved, once the process that started this one is gone (a channel of Node.js between them says so)',
  ).hideHelp();
}

function movedData(): Option {
  return new Option('--data <dir>', 'where the photos are now, if they have moved');
}

function name(): Option {
  return new Option('--name <name>', 'name of the run folder (default: the method and the time)');
}
