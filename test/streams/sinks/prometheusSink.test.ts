/** Scraped over HTTP, as Prometheus does. */
import { createServer } from 'node:net';
import { Subject } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { attachSinks } from '../../../streams/attachSinks.ts';
import type { MetricEvent } from '../../../streams/metricEvent.ts';
import { prometheusSink } from '../../../streams/sinks/prometheusSink.ts';
import { prometheusValues } from '../../sinks/support/prometheusText.ts';
import { runSink, scalar } from './runSink.ts';

/** As long as a slow machine needs. */
const patience = { timeout: 20_000 };

describe('prometheusSink', () => {
  it('shows the newest value of every tag, step for step, until the run ends', async () => {
    const metrics$ = new Subject<MetricEvent>();
    let url = '';
    const sink = prometheusSink({ port: 0, onListening: (at) => (url = at) });
    const run = { runId: 'test', runDir: '/runs/fox', config: {}, fromStep: 0 };
    const { done } = attachSinks(metrics$, [sink], run, { log: { warn: vi.fn() } });
    const scrape = async () => (await fetch(url)).text();
    for (let step = 1; step <= 10; step++) {
      metrics$.next(scalar('train/loss', step, 1 / step));
      metrics$.next(scalar('eval/images/3/psnr', step, 20 + step));
      metrics$.next(scalar('eval/images/12/psnr', step, Number.NaN));
      await vi.waitUntil(() => url !== '', patience);
      await vi.waitUntil(
        async () => prometheusValues(await scrape()).get('nerfstream_step') === step,
        patience,
      );
      const values = prometheusValues(await scrape());
      expect(values.get('train/loss')).toBe(1 / step);
      expect(values.get('eval/images/3/psnr')).toBe(20 + step);
      expect(values.get('eval/images/12/psnr')).toBeNaN();
    }
    const text = await scrape();
    expect(text).toContain('# TYPE nerfstream_train_loss gauge');
    expect(text).toContain('nerfstream_eval_images_psnr{tag="eval/images/3/psnr",run="fox"} 30');
    expect((await fetch(url.replace('/metrics', '/'))).status).toBe(404);
    expect((await fetch(url, { method: 'POST' })).status).toBe(404);
    expect(await done()).toEqual([{ name: 'prometheus', delivered: 30, dropped: 0 }]);
    await expect(fetch(url)).rejects.toThrow();
  });

  it('says in one line that its port is in use, and is no burden', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    const report = await runSink(prometheusSink({ port }), [scalar('x', 1, 1), scalar('x', 2, 2)]);
    other.close();
    expect(report).toEqual({
      name: 'prometheus',
      delivered: 0,
      dropped: 2,
      error: `port ${port} of 127.0.0.1 is in use; set another "port" for the sink`,
    });
  });
});
