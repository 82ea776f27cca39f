/** What a service behind a webhook is told. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { SinkError } from '../../../src/errors.ts';
import type { MetricEvent } from '../../../streams/metricEvent.ts';
import { type WebhookSinkOptions, webhookSink } from '../../../streams/sinks/webhookSink.ts';
import { jsonReceiver } from '../../sinks/support/jsonReceiver.ts';
import { runSink, scalar, temporaryFolder } from './runSink.ts';

afterEach(() => vi.unstubAllEnvs());

const end = (text: string, step = 9): MetricEvent => ({
  kind: 'text',
  tag: 'run/end',
  step,
  wallTime: 1_790_000_009,
  text,
});

async function told(
  events: readonly MetricEvent[],
  options: WebhookSinkOptions = {},
  runDir = temporaryFolder(),
  statusOf?: (request: number) => number,
) {
  const receiver = await jsonReceiver(statusOf);
  const report = await runSink(webhookSink({ url: receiver.url, ...options }), events, { runDir });
  await receiver.close();
  return { report, bodies: receiver.received.map(({ body }) => body), received: receiver.received };
}

describe('webhookSink', () => {
  it('tells of each best value and of the end, and of nothing else', async () => {
    const values = [20, 19, Number.NaN, 21, 21];
    const events = values.flatMap((psnr, index) => [
      scalar('train/loss', index, 1),
      scalar('eval/psnr', index, psnr),
      scalar('eval/ssim', index, 0.5),
    ]);
    const { report, bodies } = await told([...events, end('completed')], {}, join(temporaryFolder(), 'fox'));
    const base = { runId: 'test', run: 'fox' };
    expect(bodies).toEqual([
      { event: 'best', ...base, step: 0, time: '2026-09-21T14:13:20.000Z', metric: 'eval/psnr', value: 20 },
      {
        event: 'best',
        ...base,
        step: 3,
        time: '2026-09-21T14:13:20.375Z',
        metric: 'eval/psnr',
        value: 21,
        previous: 20,
      },
      {
        event: 'finished',
        ...base,
        step: 9,
        time: '2026-09-21T14:13:29.000Z',
        status: 'completed',
        metrics: { 'eval/psnr': 21, 'eval/ssim': 0.5 },
      },
    ]);
    expect(report).toEqual({ name: 'webhook', delivered: 16, dropped: 0 });
  });

  it('tells why a run failed, and only what it is asked to tell', async () => {
    const failure = end('failed: step 9: loss is not finite.\nLower the learning rate.');
    const { bodies } = await told([scalar('eval/psnr', 1, 20), failure], { events: ['failed'] });
    expect(bodies).toEqual([
      expect.objectContaining({
        event: 'failed',
        status: 'failed',
        reason: 'step 9: loss is not finite.\nLower the learning rate.',
        metrics: { 'eval/psnr': 20 },
      }),
    ]);
  });

  it('knows the best value of earlier sessions, of the same metric', async () => {
    const runDir = temporaryFolder();
    const min = { metric: 'eval/mse', mode: 'min' } as const;
    const values = async (events: readonly MetricEvent[], options: WebhookSinkOptions = min) =>
      (await told(events, options, runDir)).bodies.map((body) => (body as { value: number }).value);
    expect(await values([scalar('eval/mse', 1, 0.5), scalar('eval/mse', 2, 0.6)])).toEqual([0.5]);
    expect(await values([scalar('eval/mse', 3, 0.55), scalar('eval/mse', 4, 0.4)])).toEqual([0.4]);
    expect(await values([scalar('eval/psnr', 5, 10)], {})).toEqual([10]);
  });

  it('tries again after a cut connection and a busy server, not after a refusal, and never sends twice', async () => {
    const events = [scalar('eval/psnr', 1, 20), end('completed')];
    const busy = await told(events, {}, undefined, (request) => [0, 503, 429][request - 1] ?? 200);
    expect(busy.report).toEqual({ name: 'webhook', delivered: 2, dropped: 0 });
    expect(busy.bodies).toMatchObject([{ event: 'best' }, { event: 'finished' }]);
    const refused = await told(events, {}, undefined, (request) => (request === 1 ? 403 : 200));
    expect(refused.report).toMatchObject({ delivered: 1, dropped: 1, error: expect.stringContaining('403') });
    expect(refused.bodies).toMatchObject([{ event: 'finished' }]);
  });

  it('tells once, also when it cannot remember what it told', async () => {
    const file = join(temporaryFolder(), 'file');
    writeFileSync(file, '');
    const { report, bodies } = await told([scalar('eval/psnr', 1, 20)], { retries: 2 }, join(file, 'fox'));
    expect(bodies).toMatchObject([{ event: 'best', value: 20 }]);
    expect(report.error).toContain('ENOTDIR');
  });

  it('takes address and secret from the environment, and repeats neither', async () => {
    const receiver = await jsonReceiver();
    vi.stubEnv('HOOK', `${receiver.url}/T000/hush?token=hush`);
    vi.stubEnv('KEY', 'hush');
    const options = { urlVariable: 'HOOK', secretVariable: 'KEY', secretHeader: 'X-Key', retries: 0 };
    await runSink(webhookSink(options), [end('stopped')]);
    expect(receiver.received[0]).toMatchObject({
      path: '/T000/hush?token=hush',
      headers: { 'x-key': 'hush' },
    });
    await receiver.close();
    const { error } = await runSink(webhookSink(options), [end('stopped')]);
    expect(error).toContain('ECONNREFUSED');
    expect(error).not.toContain('hush');
  });

  it('gives up on an answer that does not come', async () => {
    const { report } = await told([end('completed')], { timeoutMs: 1, retries: 0 }, undefined, () => {
      const until = performance.now() + 50;
      while (performance.now() < until);
      return 200;
    });
    expect(report).toMatchObject({ dropped: 1, error: expect.stringContaining('within 1 ms') });
  });

  it.each([
    ['neither address nor variable', {}, 'needs "url" or "urlVariable"'],
    ['a variable that is missing', { urlVariable: 'NO_SUCH_HOOK' }, 'variable NO_SUCH_HOOK'],
    ['a secret that is missing', { url: 'http://x', secretVariable: 'NO_SUCH_KEY' }, 'variable NO_SUCH_KEY'],
  ])('says what is missing: %s', (_what, options, message) => {
    expect(() => webhookSink(options)).toThrow(SinkError);
    expect(() => webhookSink(options)).toThrow(message);
  });
});
