/** Arguments and help of `nerfstream worker` and `nerfstream fleet`. */
import { type Command, Option } from 'commander';

/** Where the queue is: the same for all who meet there. */
export function redisOptions(command: Command, flag = '--redis <url>'): Command {
  return command
    .option(
      flag,
      'Redis or Valkey: redis://HOST:PORT, or rediss:// for TLS (default: NERFSTREAM_REDIS_URL; the password is best in NERFSTREAM_REDIS_PASSWORD)',
    )
    .option('--fleet <name>', 'which of several fleets there (default: fleet)');
}

/** Where data and runs are exchanged. */
export function storeOption(): Option {
  return new Option(
    '--store <place>',
    'a folder that all share, or s3://BUCKET/PREFIX: data and runs are exchanged there (default: all see the same disk)',
  );
}

export function addWorkerArguments(command: Command, exit: (code: number) => void): void {
  redisOptions(command)
    .usage('--redis URL [options]')
    .option('--concurrency <count>', 'runs at a time, each in a process of its own', '1')
    .addOption(storeOption())
    .option('--out <dir>', 'without a store: runs are carried out below this folder only', 'runs')
    .option('--cache <dir>', 'with a store: data sets that were fetched (default: ~/.cache/nerfstream)')
    .option('--modules <dir>', 'modules of users run if they lie in this folder (default: none do)')
    .option('--name <name>', 'how it is called (default: host and process number)')
    .option('--vanished-after <seconds>', 'without a sign of life for so long, its runs go to others', '60')
    .addHelpText(
      'after',
      `
Ctrl-C or SIGTERM: what it has is saved and given back, and others go on with it.

Examples:
  $ nerfstream worker --redis redis://localhost:6379
  $ nerfstream worker --redis rediss://queue.example.org --store s3://lab/fleet --concurrency 2`,
    )
    .action(async (_, self: Command) => {
      const { workerCommand } = await import('./workerCommand.ts');
      exit(await workerCommand(self.optsWithGlobals()));
    });
}

export function addFleetArguments(command: Command, exit: (code: number) => void): void {
  redisOptions(
    command
      .argument('<command>', 'status, watch, metrics, pause, resume, stop, logs, checkpoint, evaluate or set')
      .argument('[names...]', 'all, SWEEP, SWEEP/RUN or worker:NAME'),
  )
    .usage('COMMAND [NAME...] [options]')
    .option('--json', 'print JSON, one object a line')
    .option('--lines <count>', 'of logs: so many of the end', '40')
    .option('--follow', 'of logs: all that comes, from worker to worker, until the run ends')
    .option('--scope <scope>', 'of evaluate: batch, image or all (default: all)')
    .option('--port <port>', 'of metrics (default: 9465; 0: one that is free)')
    .option('--host <host>', 'of metrics: lets other machines in (default: 127.0.0.1, this machine alone)')
    .option('--timeout <seconds>', 'how long to wait until a command has taken effect', '60')
    .addHelpText(
      'after',
      `
  status      the queue, workers and what they have, runs that failed for good and why
  watch       the same, as it changes
  metrics     serves the metrics of all runs for Prometheus
  pause       holds runs, and what waits stays in the queue, until it is resumed
  resume      lets them go on, to the same bits
  stop        runs end, saved, and what waits is taken out; a worker gives its runs back and ends
  logs        the last lines of the log of a run, also of one that has ended
  checkpoint  runs that train save now
  evaluate    ... evaluate now
  set         ... change a learning rate: NAME... learningRate.GROUP=FACTOR

Examples:
  $ nerfstream fleet status
  $ nerfstream fleet pause all
  $ nerfstream fleet stop fox-rates/seed=3
  $ nerfstream fleet stop worker:laptop-4711
  $ nerfstream fleet logs fox-rates/seed=3 --follow
  $ nerfstream fleet set fox-rates learningRate.encoding=0.5`,
    )
    .action(async (word: string, names: string[], _, self: Command) => {
      const { fleetCommand } = await import('./fleetCommand.ts');
      exit(await fleetCommand(word, names, self.optsWithGlobals()));
    });
}
