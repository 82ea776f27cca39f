/** `nerfstream fleet metrics`: the metrics of all runs of a fleet in one place, for Prometheus. */
import { once } from 'node:events';
import { type MetricsServer, serveMetrics } from '../../streams/sinks/metricsServer.ts';
import { QueueError } from '../errors.ts';
import { fleetStatus } from '../fleet/queue/commandFleet.ts';
import type { Fleet } from '../fleet/queue/fleet.ts';
import { fleetRegistry } from '../fleet/queue/fleetGauges.ts';
import { UsageError } from './cliErrors.ts';
import { handleInterrupts } from './interrupts.ts';

export interface FleetMetricsOptions {
  readonly host?: string;
  readonly port?: string;
}

const defaultPort = 9465;
const lastPort = 65_535;

/** Serves until it is interrupted. @returns the exit code @throws QueueError in one line for a port in use */
export async function serveFleetMetrics(
  fleet: Fleet,
  { host = '127.0.0.1', port = `${defaultPort}` }: FleetMetricsOptions,
): Promise<number> {
  const number = Number(port);
  if (!(Number.isInteger(number) && number >= 0 && number <= lastPort))
    throw new UsageError(`--port ${port}: expected a port, 0 to ${lastPort}; 0 is any that is free`);
  // What is missing is said now, not to whoever fetches.
  await fleetRegistry(await fleetStatus(fleet));
  const server = await listen(async () => fleetRegistry(await fleetStatus(fleet)), host, number);
  process.stdout.write(`${server.url}\n`);
  const interruption = new AbortController();
  const stopListening = handleInterrupts(
    () => interruption.abort(),
    () => {},
  );
  if (!interruption.signal.aborted) await once(interruption.signal, 'abort');
  stopListening();
  server.close();
  return 0;
}

async function listen(
  text: Parameters<typeof serveMetrics>[0],
  host: string,
  port: number,
): Promise<MetricsServer> {
  try {
    return await serveMetrics(text, { host, port });
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const reason = code === 'EADDRINUSE' ? `port ${port} of ${host} is in use; say another --port` : message;
    throw new QueueError(`fleet metrics: ${reason}`, { cause });
  }
}
