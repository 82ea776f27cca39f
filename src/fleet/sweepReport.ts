/** A sweep as a table: what each run tried, how far it came, and how good it is. The best comes first. */
import type { Plain } from '../checkpoint/checkpoint.ts';
import type { SweepPlan } from './sweepJournal.ts';
import type { RunRecord } from './sweepSchedule.ts';

export interface ReportRow {
  readonly run: string;
  readonly config?: string;
  readonly scene?: string;
  readonly settings: Readonly<Record<string, Plain>>;
  /** `stopped`: by successive halving, at a rung. `interrupted`: begun, and neither ended nor failed. */
  readonly state: 'finished' | 'stopped' | 'failed' | 'interrupted' | 'waiting';
  readonly step: number;
  readonly trainSeconds: number;
  /** Of the metric; undefined where it was not measured. */
  readonly value?: number;
  readonly metrics: Readonly<Record<string, number>>;
  /** Why it failed. */
  readonly error?: string;
  /** Name of its folder: that of another run with the same configuration, where there is one. */
  readonly folder: string;
}

export interface SweepReport {
  readonly name: string;
  readonly metric: string;
  readonly mode: 'max' | 'min';
  readonly keys: SweepPlan['keys'];
  /** The best first: of runs that came further all stand before those that did not. */
  readonly rows: readonly ReportRow[];
  /** Steps that were made, and those of all runs to their end. */
  readonly steps: number;
  readonly allSteps: number;
}

/** @param metric the one to compare by, if not the sweep's own */
export function sweepReport(
  plan: SweepPlan,
  records: ReadonlyMap<string, RunRecord & { readonly folder?: string }>,
  metric: string = plan.metric,
): SweepReport {
  const { name, mode, keys } = plan;
  const rows = plan.runs.map((run) => rowOf(run, records.get(run.run), plan, metric));
  const sign = mode === 'max' ? -1 : 1;
  const order = (a: ReportRow, b: ReportRow): number =>
    Number(a.value === undefined) - Number(b.value === undefined) ||
    Number(b.state === 'finished') - Number(a.state === 'finished') ||
    (a.state === 'finished' ? 0 : b.step - a.step) ||
    sign * ((a.value ?? 0) - (b.value ?? 0));
  const made = new Map(rows.map(({ folder, step }) => [folder, step]));
  return {
    name,
    metric,
    mode,
    keys,
    rows: rows.sort(order),
    steps: [...made.values()].reduce((sum, step) => sum + step, 0),
    allSteps: plan.runs.reduce((sum, { maxSteps }) => sum + maxSteps, 0),
  };
}

/** The best run, if any has a value. */
export function bestRow({ rows }: SweepReport): ReportRow | undefined {
  return rows[0]?.value === undefined ? undefined : rows[0];
}

function rowOf(
  { run, config, scene, settings }: SweepPlan['runs'][number],
  record: (RunRecord & { readonly folder?: string }) | undefined,
  { ladder }: SweepPlan,
  metric: string,
): ReportRow {
  const last = record?.ends.at(-1);
  const { step = 0, trainSeconds = 0, metrics = {} } = last ?? {};
  return {
    run,
    ...(config !== undefined && { config }),
    ...(scene !== undefined && { scene }),
    settings,
    state: stateOf(record, ladder),
    step,
    trainSeconds,
    ...(metrics[metric] !== undefined && { value: metrics[metric] }),
    metrics,
    ...(last?.outcome === 'failed' && { error: last.error }),
    folder: record?.folder ?? run,
  };
}

function stateOf(record: RunRecord | undefined, ladder: readonly number[] | undefined): ReportRow['state'] {
  if (!record) return 'waiting';
  const last = record.ends.at(-1);
  if (record.begun || !last || last.outcome === 'givenBack') return 'interrupted';
  if (last.outcome === 'reachedStep') return last.step === ladder?.at(-1) ? 'finished' : 'stopped';
  return last.outcome;
}
