/** `nerfstream worker`: takes runs from a fleet's queue, and carries out each in a process of its own. */
import { readFileSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { packageRoot } from '../config/packageRoot.ts';
import type { FleetWorkerOptions } from '../fleet/queue/fleetWorker.ts';
import { runNameSchema } from '../fleet/runNames.ts';
import type { LogFunction } from '../log.ts';
import { UsageError } from './cliErrors.ts';
import { handleInterrupts, interruptedExitCode } from './interrupts.ts';

export interface WorkerCommandOptions {
  readonly redis?: string;
  readonly fleet?: string;
  readonly concurrency: string;
  readonly store?: string;
  readonly out: string;
  readonly cache?: string;
  readonly modules?: string;
  readonly name?: string;
  readonly vanishedAfter: string;
}

/** @returns the exit code: 130 once it was told to end, by a signal or by `fleet stop` */
export async function workerCommand(options: WorkerCommandOptions): Promise<number> {
  const concurrency = numberOf('--concurrency', options.concurrency, { least: 1, whole: true });
  const vanishedMs = 1000 * numberOf('--vanished-after', options.vanishedAfter, { least: 1 });
  checkName(options.name);
  const modules = modulesFolder(options.modules);
  const cache = path.resolve(options.cache ?? path.join(os.homedir(), '.cache', 'nerfstream'));
  const { openFleet } = await import('../fleet/queue/fleet.ts');
  const { redisServer } = await import('../fleet/queue/redisServer.ts');
  const { openStore } = await import('../fleet/store/openStore.ts');
  const { startFleetWorker } = await import('../fleet/queue/fleetWorker.ts');
  const { takeWorkFolder } = await import('../fleet/queue/workFolder.ts');
  const store = options.store === undefined ? undefined : await openStore(options.store);
  const server = redisServer(options.redis);
  // Before the connection, which would keep a worker that cannot work alive.
  const work = store && (await takeWorkFolder(cache));
  const fleet = await openFleet(server, options.fleet).catch(async (error: unknown) => {
    await work?.release();
    throw error;
  });
  const name =
    options.name ??
    `${os
      .hostname()
      .split('.')[0]!
      .replace(/[^A-Za-z0-9-]/g, '-')}-${process.pid}`;
  const settings: FleetWorkerOptions = {
    ...{ fleet, name, concurrency, vanishedMs, store, cache, version: versionOfPackage() },
    out: path.resolve(options.out),
    work: work?.folder ?? '',
    // Runs beside each other share the cores.
    threads: concurrency === 1 ? undefined : Math.max(1, Math.floor(os.availableParallelism() / concurrency)),
    modules,
    log: { info: sayOn(process.stdout), warn: sayOn(process.stderr) },
  };
  const worker = await startFleetWorker(settings);
  process.stdout.write(
    `worker ${name} takes runs of ${fleet.name} at ${fleet.server.shown}, ${concurrency} at a time, ${store ? `store ${store.shown}` : `in ${settings.out}`}\n`,
  );
  const stopListening = handleInterrupts(
    (signal) => {
      process.stderr.write(`${signal}: saving, and giving back what it has; once more ends at once\n`);
      void worker.stop();
    },
    () => {},
  );
  await worker.ended;
  stopListening();
  await work?.release();
  store?.close();
  await fleet.close();
  return interruptedExitCode;
}

/** As it is written in `worker:NAME`. @throws UsageError */
function checkName(name: string | undefined): void {
  const parsed = runNameSchema.optional().safeParse(name);
  if (!parsed.success) throw new UsageError(`--name ${name}: ${parsed.error.issues[0]?.message}`);
}

/** @throws UsageError for what is no folder */
function modulesFolder(given: string | undefined): string | undefined {
  if (given === undefined) return undefined;
  if (statSync(given, { throwIfNoEntry: false })?.isDirectory()) return path.resolve(given);
  throw new UsageError(`--modules ${given}: there is no such folder`);
}

function sayOn(stream: NodeJS.WritableStream): LogFunction {
  return (_, message) => void stream.write(`${message.replace(/\s*\n\s*/g, ' ')}\n`);
}

function numberOf(
  option: string,
  text: string,
  { least, whole = false }: { readonly least: number; readonly whole?: boolean },
): number {
  const value = Number(text);
  if (value >= least && Number.isFinite(value) && (!whole || Number.isInteger(value))) return value;
  throw new UsageError(`${option} ${text}: expected a ${whole ? 'whole ' : ''}number of ${least} or more`);
}

function versionOfPackage(): string {
  return (JSON.parse(readFileSync(path.join(packageRoot(), 'package.json'), 'utf8')) as { version: string })
    .version;
}
