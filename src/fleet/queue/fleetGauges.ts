/** A fleet as Prometheus sees it: the queue in numbers, and of each run that a worker has what its own sink `prometheus` would show. */
import type { Registry } from 'prom-client';
import { gaugeName, withoutNumbers } from '../../../streams/sinks/metricsServer.ts';
import { QueueError } from '../../errors.ts';
import { isBeginning } from '../runProgress.ts';
import type { FleetStatus } from './commandFleet.ts';
import type { HeldRunRecord } from './fleetMessages.ts';
import { runOfId } from './fleetTarget.ts';

/** One value. Labels are the same for all of a name. */
export interface GaugeSample {
  readonly name: string;
  readonly help: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The samples: of one name all in a row, of one run all with the labels `sweep` and `run`. */
export function fleetSamples({ fleet, runs, workers }: FleetStatus): readonly GaugeSample[] {
  const queue = Object.entries(runs).map(([state, value]) => ({
    ...{ name: 'nerfstream_fleet_runs', help: 'Runs in the queue.', labels: { fleet, state }, value },
  }));
  const crew = workers.map(({ name, host, runs: held }) => ({
    name: 'nerfstream_fleet_worker_runs',
    help: 'Runs that a worker has.',
    labels: { fleet, worker: name, host },
    value: held.length,
  }));
  return [
    ...queue,
    ...crew,
    ...workers.flatMap((worker) => worker.runs.flatMap((run) => ofRun(run, worker.name))),
  ];
}

function ofRun(
  { id, state, step, maxSteps, stepsPerSecond, metrics }: HeldRunRecord,
  worker: string,
): readonly GaugeSample[] {
  const { sweep, run } = runOfId(id);
  const labels = { sweep, run };
  const one = (name: string, help: string, value: number) => ({ name, help, labels, value });
  return [
    // Which worker and state are labels of this one alone: the others go on as they are when a run moves.
    {
      ...one('nerfstream_run_info', 'Who has the run, and what it does.', 1),
      labels: { ...labels, worker, state },
    },
    ...(isBeginning(state) ? [] : [one('nerfstream_step', 'Newest step.', step)]),
    one('nerfstream_max_steps', 'Steps of the whole run.', maxSteps),
    one('nerfstream_steps_per_second', 'Steps of the last seconds, per second.', stepsPerSecond),
    ...Object.entries(metrics).map(([tag, value]) => ({
      name: gaugeName(tag),
      help: `Newest value of ${withoutNumbers(tag)}.`,
      labels: { ...labels, tag },
      value,
    })),
  ];
}

/** @throws QueueError where the package `prom-client` is not installed */
export async function fleetRegistry(status: FleetStatus): Promise<Registry> {
  const { Gauge, Registry } = await import('prom-client').catch((cause: unknown) => {
    throw new QueueError('fleet metrics needs a package that is not installed: npm install prom-client', {
      cause,
    });
  });
  const registry = new Registry();
  const gauges = new Map<string, InstanceType<typeof Gauge<string>>>();
  for (const { name, help, labels, value } of fleetSamples(status)) {
    const gauge =
      gauges.get(name) ?? new Gauge({ name, help, labelNames: Object.keys(labels), registers: [registry] });
    gauges.set(name, gauge);
    gauge.set(labels, value);
  }
  return registry;
}
