import { PassThrough } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { attachSinks } from '../../../streams/attachSinks.ts';
import type { MetricEvent } from '../../../streams/metricEvent.ts';
import { consoleSink } from '../../../streams/sinks/consoleSink.ts';
import { formatDuration } from '../../../streams/sinks/runProgress.ts';
import { runSink } from './runSink.ts';

const config = { trainer: { maxSteps: 200 } };

/** Ten steps a second. */
function step(number: number): MetricEvent[] {
  const at = { kind: 'scalar', step: number, wallTime: 1_790_000_000 + number / 10 } as const;
  return [
    { ...at, tag: 'train/loss', value: 0.5 / number },
    { ...at, tag: 'train/psnr', value: 20 + number / 100 },
    { ...at, tag: 'train/rays_per_second', value: 123_456 },
    { ...at, tag: 'time/eta_seconds', value: (200 - number) / 10 },
  ];
}

function evaluation(number: number): MetricEvent[] {
  const at = { kind: 'scalar', step: number, wallTime: 1_790_000_000 } as const;
  return [
    { ...at, tag: 'eval/images/0/psnr', value: 99 },
    { ...at, tag: 'eval/psnr', value: 27.891 },
    { ...at, tag: 'eval/ssim', value: 0.9123 },
  ];
}

async function output(isTTY: boolean, events: MetricEvent[], run = {}): Promise<string> {
  const stream = new PassThrough();
  await runSink(consoleSink({ stream, isTTY }), events, { config, runDir: '/runs/fox', ...run });
  return String(stream.read() ?? '');
}

describe('consoleSink', () => {
  it('says no time left before that is known', async () => {
    const text = await output(false, step(3).slice(0, 2));
    expect(text).toContain('step 3/200  loss 0.1667  PSNR 20.03 dB\n');
  });

  it('prints plain lines where there is no terminal', async () => {
    const events = [...step(1), ...step(2), ...evaluation(2), ...step(3)];
    const text = await output(false, events);
    expect(text.split('\n')).toEqual([
      'run folder: /runs/fox',
      'evaluation at step 2: PSNR 27.89 dB, SSIM 0.9123',
      'step 3/200  loss 0.1667  PSNR 20.03 dB  123k rays/s  ETA 0:20',
      '',
    ]);
    expect(text).not.toContain('\u001b');
  });

  it('draws a bar on a terminal, and keeps messages above it', async () => {
    const text = await output(true, [...step(1), ...step(100), ...evaluation(100)]);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the codes that move the cursor.
    const shown = text.replace(/\u001b\[[0-9;]*[A-Za-z]/g, '');
    expect(shown).toContain('evaluation at step 100: PSNR 27.89 dB, SSIM 0.9123\n');
    expect(shown).toContain(`${'█'.repeat(12)}${'░'.repeat(12)}  step 100/200  loss 5.00e-3  PSNR 21.00 dB`);
    expect(text).toContain('\u001b[1G');
    expect(text.endsWith('\n')).toBe(true);
  });

  it('repaints at most about ten times a second', async () => {
    const stream = new PassThrough();
    let writes = 0;
    stream.on('data', (chunk) => {
      if (String(chunk).includes('step ')) writes++;
    });
    const metrics$ = new Subject<MetricEvent>();
    const { done } = attachSinks(
      metrics$,
      [consoleSink({ stream, isTTY: true })],
      { runId: 'x', config, fromStep: 0 },
      { log: { warn: () => undefined } },
    );
    const began = performance.now();
    for (let number = 1; performance.now() - began < 500; number++) {
      for (const event of step(number)) metrics$.next(event);
      await delay(2);
    }
    await done();
    expect(writes).toBeGreaterThanOrEqual(2);
    expect(writes).toBeLessThanOrEqual(7);
  });

  it('says where a run goes on, and shows texts', async () => {
    const text = await output(false, [{ kind: 'text', tag: 'note', step: 8, wallTime: 0, text: 'hello' }], {
      fromStep: 7,
    });
    expect(text).toBe('run folder: /runs/fox\ncontinuing after step 7\nnote: hello\n');
  });
});

describe('formatDuration', () => {
  it.each([
    [0, '0:00'],
    [59.4, '0:59'],
    [59.6, '1:00'],
    [3599.5, '1:00:00'],
    [36_061, '10:01:01'],
    [-1, '-:--'],
    [Number.NaN, '-:--'],
    [Number.POSITIVE_INFINITY, '-:--'],
  ])('shows %d s as %s', (seconds, text) => {
    expect(formatDuration(seconds)).toBe(text);
  });
});
