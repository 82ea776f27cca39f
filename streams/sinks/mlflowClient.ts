/** The part of MLflow's REST interface (version 2.0) that a run needs. */
import { HttpError, isTemporary, requestJson } from './requestJson.ts';
import { urlBelow } from './sinkUrl.ts';

/** One value as MLflow wants it; `timestamp` in milliseconds since the epoch. */
export interface MlflowMetric {
  readonly key: string;
  /** JSON has no NaN and no infinity: these are text. */
  readonly value: number | 'NaN' | 'Infinity' | '-Infinity';
  readonly timestamp: number;
  readonly step: number;
}

export interface MlflowParam {
  readonly key: string;
  readonly value: string;
}

export interface MlflowClient {
  /** The experiment's id; it is created where there is none of that name. */
  experiment(name: string): Promise<string>;
  /** @returns the new run's id */
  createRun(experimentId: string, name: string, tags: Readonly<Record<string, string>>): Promise<string>;
  /** Sets a run to "running" again. @returns the last step of each metric; `undefined` if the server has no such run */
  reopenRun(runId: string): Promise<ReadonlyMap<string, number> | undefined>;
  /** At most 1,000 metrics and 100 parameters at a time. */
  log(
    runId: string,
    batch: { readonly metrics?: readonly MlflowMetric[]; readonly params?: readonly MlflowParam[] },
  ): Promise<void>;
  endRun(runId: string, status: 'FINISHED' | 'FAILED' | 'KILLED'): Promise<void>;
}

interface RunAnswer {
  readonly run?: {
    readonly info?: { readonly run_id?: string; readonly lifecycle_stage?: string };
    readonly data?: {
      readonly metrics?: readonly { readonly key: string; readonly step?: number | string }[];
    };
  };
}

const timeoutMs = 10_000;

/**
 * @param headers sent with every request: the authorization
 * @param deadline ends what is under way
 */
export function createMlflowClient(
  base: URL,
  headers: Readonly<Record<string, string>>,
  deadline: AbortSignal,
): MlflowClient {
  const call = (method: 'GET' | 'POST', path: string, body?: object): Promise<unknown> =>
    requestJson(urlBelow(base, `api/2.0/mlflow/${path}`), { method, body, headers, timeoutMs, deadline });
  const post = (path: string, body: object) => call('POST', path, body);

  const existingExperiment = async (name: string): Promise<string | undefined> => {
    const query = new URLSearchParams({ experiment_name: name });
    const url = urlBelow(base, 'api/2.0/mlflow/experiments/get-by-name');
    url.search = query.toString();
    const found = (await unless('RESOURCE_DOES_NOT_EXIST', () =>
      requestJson(url, { method: 'GET', headers, timeoutMs, deadline }),
    )) as { experiment?: { experiment_id?: string } } | undefined;
    return found?.experiment?.experiment_id;
  };

  return {
    async experiment(name) {
      const existing = await existingExperiment(name);
      if (existing !== undefined) return existing;
      // Another run may create it at the same time.
      const created = (await unless('RESOURCE_ALREADY_EXISTS', () => post('experiments/create', { name }))) as
        | { experiment_id?: string }
        | undefined;
      return expected(created?.experiment_id ?? (await existingExperiment(name)), base);
    },
    async createRun(experimentId, name, tags) {
      const answer = (await post('runs/create', {
        experiment_id: experimentId,
        run_name: name,
        start_time: Date.now(),
        tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
      })) as RunAnswer;
      return expected(answer?.run?.info?.run_id, base);
    },
    async reopenRun(runId) {
      const reopened = await unless('RESOURCE_DOES_NOT_EXIST', () =>
        post('runs/update', { run_id: runId, status: 'RUNNING' }),
      );
      if (reopened === undefined) return undefined;
      const url = urlBelow(base, 'api/2.0/mlflow/runs/get');
      url.search = new URLSearchParams({ run_id: runId }).toString();
      const { run } = (await requestJson(url, { method: 'GET', headers, timeoutMs, deadline })) as RunAnswer;
      if (run?.info?.lifecycle_stage === 'deleted') return undefined;
      return new Map((run?.data?.metrics ?? []).map(({ key, step }) => [key, Number(step ?? 0)]));
    },
    async log(runId, batch) {
      await post('runs/log-batch', { run_id: runId, ...batch });
    },
    async endRun(runId, status) {
      await post('runs/update', { run_id: runId, status, end_time: Date.now() });
    },
  };
}

/** @returns what `request` gives; `undefined` if the server answers with that error */
async function unless(code: string, request: () => Promise<unknown>): Promise<unknown> {
  try {
    return (await request()) ?? {};
  } catch (error) {
    if (error instanceof HttpError && !isTemporary(error) && error.answer.includes(code)) return undefined;
    throw error;
  }
}

function expected(id: string | undefined, { origin }: URL): string {
  if (id === undefined) throw new HttpError(`${origin} does not answer like an MLflow server`, 404, '');
  return id;
}
