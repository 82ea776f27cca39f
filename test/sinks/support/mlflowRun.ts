/** Reads runs back from an MLflow server. */
import type { MlflowServer } from './mlflowServer.ts';

export interface MlflowRun {
  readonly info: {
    readonly run_id: string;
    readonly run_name: string;
    readonly status: string;
    readonly experiment_id: string;
  };
  readonly data: {
    readonly metrics?: readonly { readonly key: string }[];
    readonly params?: readonly { readonly key: string; readonly value: string }[];
  };
}

export interface MlflowPoint {
  readonly step: number;
  readonly value: number;
  readonly timestamp: number;
}

export async function mlflowRun(server: MlflowServer, runId: string): Promise<MlflowRun> {
  const { run } = (await server.get(`runs/get?run_id=${runId}`)) as { run: MlflowRun };
  return run;
}

/** Everything that was logged of one metric, by step. */
export async function mlflowHistory(
  server: MlflowServer,
  runId: string,
  key: string,
): Promise<MlflowPoint[]> {
  const query = `metrics/get-history?run_id=${runId}&metric_key=${encodeURIComponent(key)}`;
  const { metrics = [] } = (await server.get(query)) as { metrics?: MlflowPoint[] };
  return metrics
    .map(({ step = 0, value, timestamp }) => ({ step: Number(step), value, timestamp: Number(timestamp) }))
    .sort((a, b) => a.step - b.step);
}
