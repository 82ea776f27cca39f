/** The official exporter against a receiver that decodes OTLP. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { SinkError } from '../../../src/errors.ts';
import { otlpSink } from '../../../streams/sinks/otlpSink.ts';
import { jsonReceiver } from '../../sinks/support/jsonReceiver.ts';
import { otlpPoints, otlpResource } from '../../sinks/support/otlpPoints.ts';
import { runSink, scalar } from './runSink.ts';

afterEach(() => vi.unstubAllEnvs());

describe('otlpSink', () => {
  it('sends every value at its time, through what the standard variables say', async () => {
    const receiver = await jsonReceiver();
    vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', receiver.url);
    vi.stubEnv('OTEL_EXPORTER_OTLP_HEADERS', 'x-key=secret');
    vi.stubEnv('OTEL_RESOURCE_ATTRIBUTES', 'deployment.environment.name=lab');
    const events = [1, 2, 3].map((step) => scalar('train/loss', step, step / 10));
    const report = await runSink(otlpSink(), [...events, scalar('bad', 3, Number.NaN)], {
      runDir: '/runs/fox',
    });
    await receiver.close();
    expect(report).toEqual({ name: 'otlp', delivered: 4, dropped: 0 });
    expect(receiver.received[0]).toMatchObject({ path: '/v1/metrics', headers: { 'x-key': 'secret' } });
    expect(otlpResource(receiver.received)).toMatchObject({
      'service.name': 'nerfstream',
      'service.instance.id': 'test',
      'nerfstream.run': 'fox',
      'deployment.environment.name': 'lab',
    });
    expect([...otlpPoints(receiver.received)]).toEqual([
      ['nerfstream/train/loss', events.map(({ value, wallTime }) => ({ value, time: wallTime }))],
      ['nerfstream/step', events.map(({ step, wallTime }) => ({ value: step, time: wallTime }))],
    ]);
  });

  it('tries again when the collector is away for a moment', async () => {
    const receiver = await jsonReceiver((request) => (request === 1 ? 503 : 200));
    const report = await runSink(otlpSink({ endpoint: `${receiver.url}/base/` }), [scalar('x', 1, 1)]);
    await receiver.close();
    expect(report).toEqual({ name: 'otlp', delivered: 1, dropped: 0 });
    expect(receiver.received.map(({ path }) => path)).toEqual(['/base/v1/metrics']);
  });

  it.each(['localhost:4318', 'ftp://collector', 'http://user:word@collector:4318'])(
    'refuses the endpoint %s without repeating it',
    (endpoint) => {
      expect(() => otlpSink({ endpoint })).toThrow(SinkError);
      expect(() => otlpSink({ endpoint })).not.toThrow(endpoint);
    },
  );
});
