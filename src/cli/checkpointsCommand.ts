/** `nerfstream checkpoints`: what a run has saved, and what becomes of it. The run may be running. */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { withPins, writePins } from '../checkpoint/checkpointPins.ts';
import { describeCheckpoints, pruneCheckpoints, verifyCheckpoints } from '../checkpoint/checkpointReport.ts';
import { loadConfig } from '../config/loadConfig.ts';
import { runPaths } from '../runFolder/runPaths.ts';
import { failedExitCode, UsageError } from './cliErrors.ts';
import { writeWeights } from './exportWeights.ts';
import { findCheckpoint } from './findCheckpoint.ts';
import { configFileOfRun } from './resumeCommand.ts';
import { shownPath } from './shownPath.ts';
import { splitArguments } from './splitArguments.ts';
import { textTable } from './textTable.ts';

export interface CheckpointsOptions {
  readonly json?: boolean;
  readonly dryRun?: boolean;
  readonly force?: boolean;
  readonly format: string;
}

/** @returns the exit code: 0, or 1 when `verify` found damage */
export async function checkpointsCommand(
  runDir: string,
  command: string,
  args: readonly string[],
  options: CheckpointsOptions,
): Promise<number> {
  const config = configFileOfRun(runDir);
  const folder = path.relative('', runPaths(runDir).checkpoints) || '.';
  switch (command) {
    case 'list':
      expectArguments(command, args, 0, 0);
      return list(folder, config, options);
    case 'verify':
      expectArguments(command, args, 0, 0);
      return verify(folder, options);
    case 'prune':
      return prune(folder, config, args, options);
    case 'pin':
      expectArguments(command, args, 1, 2, 'STEP [NAME]');
      return pin(folder, args[0]!, args[1] ?? `step-${args[0]}`);
    case 'unpin':
      expectArguments(command, args, 1, 1, 'NAME');
      return unpin(folder, args[0]!);
    case 'export':
      expectArguments(command, args, 2, 2, 'STEP FILE');
      return exportWeights(folder, args[0]!, args[1]!, options);
    default:
      throw new UsageError(`unknown command "${command}"; commands: list, verify, prune, pin, unpin, export`);
  }
}

async function list(folder: string, config: string, { json }: CheckpointsOptions): Promise<number> {
  const { checkpoint: policy } = await loadConfig(config);
  const rows = await describeCheckpoints(folder, policy);
  if (json) return printJson(rows);
  if (rows.length === 0) return print(`${folder} has no checkpoints\n`);
  const cells = rows.map((row) => [
    String(row.step),
    megabytes(row.bytes),
    row.savedAt.slice(0, 19).replace('T', ' '),
    row.score === undefined ? '' : row.score.toFixed(3),
    row.damaged ? 'damaged' : row.keptAs.join(', ') || '(goes at the next save)',
    row.pins.join(', '),
  ]);
  return print(
    textTable([['step', 'size', 'saved (UTC)', policy.keepBest?.metric ?? '', 'kept as', 'pins'], ...cells]),
  );
}

async function verify(folder: string, { json }: CheckpointsOptions): Promise<number> {
  const rows = await verifyCheckpoints(folder);
  const damaged = rows.filter(({ reason }) => reason !== undefined).length;
  if (json) printJson(rows.map((row) => ({ ...row, whole: row.reason === undefined })));
  else {
    for (const { step, reason } of rows) print(`${step}  ${reason ?? 'whole'}\n`);
    print(`${rows.length} checkpoints, ${damaged} damaged\n`);
  }
  return damaged > 0 ? failedExitCode : 0;
}

async function prune(
  folder: string,
  config: string,
  args: readonly string[],
  options: CheckpointsOptions,
): Promise<number> {
  const { positional, assignments } = splitArguments(args);
  if (positional !== undefined)
    throw new UsageError(`unexpected argument "${positional}"; settings look like checkpoint.keep=1`);
  const { checkpoint: policy } = await loadConfig(config, {}, assignments);
  const gone = await pruneCheckpoints(folder, policy, options.dryRun ?? false);
  if (options.json) return printJson(gone);
  for (const file of gone) print(`${options.dryRun ? 'would delete' : 'deleted'} ${file}\n`);
  return print(gone.length === 0 ? 'nothing to delete\n' : '');
}

async function pin(folder: string, which: string, name: string): Promise<number> {
  const { step, file } = await findCheckpoint(folder, which);
  await withPins(folder, async (pins) => {
    const holder = pins.get(name);
    if (holder !== undefined && holder !== step)
      throw new UsageError(
        `"${name}" is pinned to step ${holder} already; unpin it first or choose another name`,
      );
    if (!existsSync(file))
      throw new UsageError(`step ${step} was deleted meanwhile; choose another checkpoint`);
    await writePins(folder, new Map([...pins, [name, step]]));
  });
  return print(`step ${step} stays, as "${name}"\n`);
}

async function unpin(folder: string, name: string): Promise<number> {
  await withPins(folder, async (pins) => {
    const left = new Map(pins);
    if (!left.delete(name))
      throw new UsageError(
        `no checkpoint is pinned as "${name}"; pins: ${[...pins.keys()].join(', ') || 'none'}`,
      );
    await writePins(folder, left);
  });
  return print(`"${name}" is no longer pinned\n`);
}

async function exportWeights(
  folder: string,
  which: string,
  target: string,
  options: CheckpointsOptions,
): Promise<number> {
  if (options.format !== 'safetensors')
    throw new UsageError(`unknown format "${options.format}"; formats: safetensors`);
  if (existsSync(target) && !options.force)
    throw new UsageError(`${shownPath(target)} exists already; choose another name or add --force`);
  return print(`${await writeWeights(await findCheckpoint(folder, which), target)}\n`);
}

function expectArguments(
  command: string,
  args: readonly string[],
  least: number,
  most: number,
  names = '',
): void {
  if (args.length < least) throw new UsageError(`${command} needs ${names}`);
  if (args.length > most) throw new UsageError(`${command}: unexpected argument "${args[most]}"`);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function print(text: string): number {
  process.stdout.write(text);
  return 0;
}

function printJson(value: unknown): number {
  return print(`${JSON.stringify(value)}\n`);
}
