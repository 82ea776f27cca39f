/** `nerfstream sweep report`: the runs of a sweep compared, on the terminal and as files. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import type { Config } from '../config/schema.ts';
import { RunFolderError } from '../errors.ts';
import { writeExport } from '../export/writeExport.ts';
import { readJournal, readPlan } from '../fleet/sweepJournal.ts';
import { sweepPage } from '../fleet/sweepPage.ts';
import { recordsOf } from '../fleet/sweepRecords.ts';
import { bestRow, type SweepReport, sweepReport } from '../fleet/sweepReport.ts';
import { reportCells, reportCsv } from '../fleet/sweepTables.ts';
import { runPaths } from '../runFolder/runPaths.ts';
import { toYaml } from '../runFolder/writeConfig.ts';
import { UsageError } from './cliErrors.ts';
import { shownPath } from './shownPath.ts';
import { textTable } from './textTable.ts';

export interface SweepReportOptions {
  readonly metric?: string;
  readonly json?: boolean;
  readonly csv?: string;
  readonly html?: string;
  readonly best?: string;
}

/** @returns the exit code */
export async function sweepReportCommand(folder: string, options: SweepReportOptions): Promise<number> {
  const report = await reportOf(folder, options.metric);
  const measured = new Set(report.rows.flatMap(({ metrics }) => Object.keys(metrics)));
  if (options.metric !== undefined && !measured.has(options.metric))
    throw new UsageError(
      `--metric ${options.metric}: no run has it; there are ${[...measured].sort().join(', ') || 'none yet'}`,
    );
  if (options.csv !== undefined) await writeExport(options.csv, reportCsv(report));
  if (options.html !== undefined) await writeExport(options.html, sweepPage(report));
  if (options.best !== undefined) await writeBest(folder, report, options.best);
  process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : textTable(reportCells(report)));
  return 0;
}

/** What has become of the sweep in `folder`. @throws RunFolderError where there is none */
export async function reportOf(folder: string, metric?: string): Promise<SweepReport> {
  const shown = shownPath(folder);
  if (!existsSync(folder)) throw new RunFolderError(`${shown}: there is no such folder`, folder);
  const plan = await readPlan(folder);
  if (!plan) throw new RunFolderError(`${shown} is not the folder of a sweep: it has no sweep.json`, folder);
  return sweepReport(plan, recordsOf(plan, await readJournal(folder), folder), metric);
}

/** The configuration of the best run, as `train` takes it. @throws UsageError where no run was measured yet */
export async function writeBest(folder: string, report: SweepReport, file: string): Promise<void> {
  const best = bestRow(report);
  if (!best) throw new UsageError(`no run has a value of ${report.metric} yet, so none is the best`);
  const source = runPaths(path.join(folder, best.folder)).config;
  const text = await readFile(source, 'utf8').catch((cause: unknown) => {
    throw new RunFolderError(`${shownPath(source)} of the best run cannot be read`, source, { cause });
  });
  await writeExport(file, bestYaml(parse(text) as Config, report));
}

function bestYaml(config: Config, report: SweepReport): string {
  const { stopAtStep: _, ...trainer } = config.trainer;
  const { run, value } = bestRow(report)!;
  return `# The best of sweep ${report.name}: ${run} (${report.metric} ${value}).\n${toYaml({ ...config, trainer })}`;
}
