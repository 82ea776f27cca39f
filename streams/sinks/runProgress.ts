/** How far a run is and how it does, gathered from its metric events. */
import type { MetricEvent } from '../metricEvent.ts';
import type { RunInfo } from '../sink.ts';
import { formatDuration } from './formatDuration.ts';

export interface RunProgress {
  /** Takes in one event. @returns lines worth saying at once: evaluations, texts */
  take(event: MetricEvent): string[];
  /** Lines that were waiting for further values of the same evaluation. */
  flush(): string[];
  readonly step: number;
  readonly maxSteps: number | undefined;
  /** `step 120/2000  loss 0.0123  PSNR 24.1 dB  120k rays/s  ETA 0:35` */
  describe(): string;
}

/** Weight of the past in the moving average of the speed. */
const smoothing = 0.9;

export function createRunProgress(run: RunInfo): RunProgress {
  const { maxSteps, maxSeconds } = limitsOf(run.config);
  const latest = new Map<string, number>();
  let step = run.fromStep;
  let firstTime: number | undefined;
  let lastTime: number | undefined;
  let stepsPerSecond = 0;
  let evaluation: { step: number; values: Map<string, number> } | undefined;

  const advance = (nextStep: number, time: number): void => {
    firstTime ??= time;
    if (lastTime !== undefined && time > lastTime) {
      const speed = (nextStep - step) / (time - lastTime);
      stepsPerSecond = stepsPerSecond === 0 ? speed : smoothing * stepsPerSecond + (1 - smoothing) * speed;
    }
    if (lastTime === undefined || time > lastTime) lastTime = time;
    step = nextStep;
  };

  const flush = (): string[] => {
    if (!evaluation) return [];
    const values = [...evaluation.values].map(([name, value]) => labelled(name, value));
    const line = `evaluation at step ${evaluation.step}: ${values.join(', ')}`;
    evaluation = undefined;
    return [line];
  };

  const secondsLeft = (): number => {
    const bySteps = maxSteps === undefined ? Number.POSITIVE_INFINITY : (maxSteps - step) / stepsPerSecond;
    const elapsed = (lastTime ?? 0) - (firstTime ?? 0);
    const byTime = maxSeconds === undefined ? Number.POSITIVE_INFINITY : Math.max(0, maxSeconds - elapsed);
    return Math.min(bySteps, byTime);
  };

  return {
    take(event) {
      if (event.kind === 'text') return [...flush(), `${event.tag}: ${event.text}`];
      if (event.kind !== 'scalar') return [];
      latest.set(event.tag, event.value);
      if (event.tag.startsWith('train/') && event.step > step) advance(event.step, event.wallTime);
      const name = /^eval\/([^/]+)$/.exec(event.tag)?.[1];
      if (name === undefined) return [];
      const lines = evaluation && evaluation.step !== event.step ? flush() : [];
      evaluation ??= { step: event.step, values: new Map() };
      evaluation.values.set(name, event.value);
      return lines;
    },
    flush,
    get step() {
      return step;
    },
    maxSteps,
    describe() {
      const parts = [`step ${step}${maxSteps === undefined ? '' : `/${maxSteps}`}`];
      const shown = ['loss', 'psnr', 'rays_per_second'] as const;
      for (const name of shown) {
        const value = latest.get(`train/${name}`);
        if (value !== undefined) parts.push(labelled(name, value));
      }
      parts.push(`ETA ${formatDuration(secondsLeft())}`);
      return parts.join('  ');
    },
  };
}

function limitsOf(config: unknown): { maxSteps?: number; maxSeconds?: number } {
  return (config as { trainer?: { maxSteps?: number; maxSeconds?: number } } | undefined)?.trainer ?? {};
}

function labelled(name: string, value: number): string {
  if (name === 'rays_per_second') return formatValue(name, value);
  return `${name === 'psnr' || name === 'ssim' ? name.toUpperCase() : name} ${formatValue(name, value)}`;
}

function formatValue(name: string, value: number): string {
  if (name === 'psnr') return `${value.toFixed(2)} dB`;
  if (name === 'rays_per_second')
    return value >= 1000 ? `${Math.round(value / 1000)}k rays/s` : `${Math.round(value)} rays/s`;
  return value !== 0 && Math.abs(value) < 0.01 ? value.toExponential(2) : value.toFixed(4);
}
