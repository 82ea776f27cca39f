/** How far a run is and how it does, gathered from its metric events. */
import type { MetricEvent } from '../metricEvent.ts';
import { isRollback } from '../rollback.ts';
import { isRunEnd } from '../runEnd.ts';
import type { RunInfo } from '../sink.ts';

export interface RunProgress {
  /** Takes in one event. @returns lines worth saying at once: evaluations, texts */
  take(event: MetricEvent): string[];
  /** Lines that were waiting for further values of the same evaluation. */
  flush(): string[];
  /** Where the run is, as text that differs once it has got on. */
  readonly place: string;
  /** How much is done, 0 to 1: of the steps, or of an evaluation while there is one. */
  readonly share: number | undefined;
  /** `step 120/2000  loss 0.0123  PSNR 24.1 dB  120k rays/s  ETA 0:35`, or `evaluation at step 120: image 3/8  ETA 0:12` */
  describe(): string;
}

export function createRunProgress(run: RunInfo): RunProgress {
  const maxSteps = maxStepsOf(run.config);
  const latest = new Map<string, number>();
  let step = run.fromStep;
  let evaluation: { step: number; values: Map<string, number> } | undefined;
  /** How many images an evaluation of all of them has looked at, while there is one. */
  let images = 0;
  /** When the first and the last of them were done, in seconds. */
  let [firstImageAt, imageAt] = [0, 0];

  const flush = (): string[] => {
    if (!evaluation) return [];
    const values = [...evaluation.values].map(([name, value]) => labelled(name, value));
    const line = `evaluation at step ${evaluation.step}: ${values.join(', ')}`;
    evaluation = undefined;
    return [line];
  };

  /** Not before the second image: the first one may be looked at alone. */
  const isEvaluating = () => images > 1 && images < (run.evalImages ?? 0);
  const describeEvaluation = () => {
    const seconds = (imageAt - firstImageAt) / (images - 1);
    const left = formatDuration(seconds * (run.evalImages! - images));
    return `evaluation at step ${step}: image ${images}/${run.evalImages}  ETA ${left}`;
  };

  return {
    take(event) {
      // The end of a run is said by the one who started it.
      if (isRunEnd(event)) return flush();
      if (isRollback(event)) step = event.step;
      if (event.kind === 'text') return [...flush(), `${event.tag}: ${event.text}`];
      if (event.kind !== 'scalar') return [];
      latest.set(event.tag, event.value);
      if (event.tag.startsWith('train/')) [step, images] = [Math.max(step, event.step), 0];
      // Nearly all of them: what follows is for evaluations.
      if (!event.tag.startsWith('eval/')) return [];
      const image = /^eval\/images\/(\d+)\//.exec(event.tag)?.[1];
      // One that is evaluated by itself may be any; all of them come in order.
      if (image !== undefined) images = Number(image) <= images ? Number(image) + 1 : 0;
      if (image === '0') firstImageAt = event.wallTime;
      if (image !== undefined) imageAt = event.wallTime;
      const name = /^eval\/([^/]+)$/.exec(event.tag)?.[1];
      if (name === undefined) return [];
      const lines = evaluation && evaluation.step !== event.step ? flush() : [];
      evaluation ??= { step: event.step, values: new Map() };
      evaluation.values.set(name, event.value);
      return lines;
    },
    flush,
    get place() {
      return isEvaluating() ? `${step}, image ${images}` : `${step}`;
    },
    get share() {
      if (isEvaluating()) return images / run.evalImages!;
      return maxSteps === undefined ? undefined : step / maxSteps;
    },
    describe() {
      if (isEvaluating()) return describeEvaluation();
      const parts = [`step ${step}${maxSteps === undefined ? '' : `/${maxSteps}`}`];
      const shown = ['loss', 'psnr', 'rays_per_second'] as const;
      for (const name of shown) {
        const value = latest.get(`train/${name}`);
        if (value !== undefined) parts.push(labelled(name, value));
      }
      const secondsLeft = latest.get('time/eta_seconds');
      if (secondsLeft !== undefined) parts.push(`ETA ${formatDuration(secondsLeft)}`);
      return parts.join('  ');
    },
  };
}

function maxStepsOf(config: unknown): number | undefined {
  return (config as { trainer?: { maxSteps?: number } } | undefined)?.trainer?.maxSteps;
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

/** Seconds as people read them: `0:07`, `12:34`, `1:02:03`. Negative and non-finite ones are `-:--`. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return '-:--';
  const whole = Math.round(seconds);
  const two = (value: number): string => String(value).padStart(2, '0');
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  const rest = two(whole % 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${rest}` : `${minutes}:${rest}`;
}
