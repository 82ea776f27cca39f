/** Arguments and help of `nerfstream sweep`. */
import type { Command } from 'commander';
import { redisOptions, storeOption } from './fleetArguments.ts';

/** @param made the command, without arguments yet @param exit sets the process's exit code */
export function addSweepArguments(made: Command, exit: (code: number) => void): void {
  redisOptions(made, '--redis [url]')
    .addOption(storeOption())
    .argument('<sweep>', 'a config file with a section sweep: what is tried')
    .argument('[settings...]', 'key=value, for all runs')
    .usage('SWEEP.yaml [options] [key=value ...]\n       nerfstream sweep report DIR [options]')
    .option(
      '--out <dir>',
      'folder of the sweep, where its run folders lie (default: runs/<name of the sweep>)',
    )
    .option('--dry-run', 'say which runs there would be, and leave nothing')
    .option('--parallel <runs>', 'runs beside each other, which share the cores (default: 1)')
    .option(
      '--priority <number>',
      'with --redis: which of several sweeps goes first, -100 (first) to 100 (last); said again, it moves what waits (default: 0)',
    )
    .option('--retry', 'try again what has failed')
    .option('--json', 'print one JSON object: the plan (--dry-run), or the report at the end')
    .addHelpText(
      'after',
      `
Started again it goes on: what is finished is not run twice.

Example of a SWEEP.yaml:
  extends: splat-fast
  data: {path: photos/fox}
  sweep:
    trainer.seed: [1, 2, 3]
    groups.means.optimizer.learningRate: {logUniform: [1e-4, 1e-2]}
    samples: 8
    asha: {}

Examples:
  $ nerfstream sweep fox.yaml --dry-run
  $ nerfstream sweep fox.yaml
  $ nerfstream sweep fox.yaml --redis redis://localhost:6379
  $ nerfstream sweep report runs/fox --html fox.html`,
    )
    .action(async (file: string, args: string[], _, self: Command) => {
      const { sweepCommand } = await import('./sweepCommand.ts');
      exit(await sweepCommand(file, args, self.optsWithGlobals()));
    });

  made
    .command('report')
    .description('Compares the runs of a sweep: the best first.')
    .argument('<dir>', 'folder of the sweep')
    .usage('DIR [options]')
    .option('--metric <tag>', "what they are compared by (default: the sweep's)")
    .option('--json', 'print one JSON object')
    .option('--csv <file>', 'also write a table with all settings and metrics')
    .option('--html <file>', 'also write a page with a table and parallel coordinates')
    .option('--best <file>', 'also write the configuration of the best run (YAML)')
    .exitOverride()
    .configureOutput({ outputError: () => {} })
    .addHelpText('after', '\nExample:\n  $ nerfstream sweep report runs/fox --best fox-best.yaml')
    .action(async (folder: string, _, self: Command) => {
      const { sweepReportCommand } = await import('./sweepReportCommand.ts');
      // --json is an option of both commands, and the outer one reads it.
      exit(await sweepReportCommand(folder, self.optsWithGlobals()));
    });
}
