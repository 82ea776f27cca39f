/** Makes evaluations: publishes them, writes the pictures, and keeps the newest result for the summary. */
import { defer, EMPTY, ignoreElements, type Observable, type ObservableInput, tap } from 'rxjs';
import type { EvaluationScope, ImageEvaluation, Pipeline, RgbImage } from '../src/pipeline/pipeline.ts';
import { type EvalStep, evalSteps, type ImageEvaluated } from '../streams/evalSteps.ts';
import type { MetricBus } from '../streams/metricBus.ts';
import type { EvaluationSummary, TrainerStatus } from './trainer.ts';

export interface EvaluationOptions {
  readonly pipeline: Pick<Pipeline, 'evalBatch' | 'evalImage' | 'views'>;
  readonly bus: MetricBus;
  /** Steps between evaluations of one image: the next evaluation takes the next image. 0: always the first. */
  readonly imageEverySteps: number;
  /** Writes a picture of the run folder; absent for a run in memory. `file` is relative to the folder. */
  readonly writePicture?: (file: string, image: RgbImage) => Promise<void>;
  /** Told after each image of an evaluation of all of them, where the pipeline says how many there are. */
  readonly onImage?: (done: number, total: number) => void;
  /** Told every mean and batch metric, for schedules that listen. */
  readonly onMetric?: (tag: string, value: number) => void;
}

/** Metrics of an evaluation of all images, by tag, and the step they belong to. */
export interface EvaluationResult {
  readonly step: number;
  readonly metrics: Readonly<Record<string, number>>;
  readonly summary: EvaluationSummary;
}

export interface Evaluation {
  /** Makes one evaluation; completes, without emission, when everything is published and written. */
  run(scope: EvaluationScope, step: number): Observable<never>;
  /** Drops the results of steps after `step`, to which the run has gone back. */
  forget(step: number): void;
  /** The newest evaluation of all images. */
  readonly latest: EvaluationResult | undefined;
  /** The newest image that was evaluated. */
  readonly latestImage: TrainerStatus['latestImage'];
}

/** What is kept of each image until the end of an evaluation: no pixels. */
type MeasuredImage = Pick<ImageEvaluated, 'index'> & Pick<ImageEvaluation, 'name' | 'metrics'>;

/** `eval/00000.png`: the render of held-out image `index`, relative to the run folder (with `/` on every system). */
export function evaluationRender(index: number): string {
  return `eval/${String(index).padStart(5, '0')}.png`;
}

/** What a summary says of the usual metrics where a pipeline has others. */
const unmeasured = { psnr: Number.NaN, ssim: Number.NaN };

/** @example createEvaluation({ pipeline, bus, imageEverySteps: 1000 }).run('all', 5000).subscribe() */
export function createEvaluation(options: EvaluationOptions): Evaluation {
  const { pipeline, bus, imageEverySteps, writePicture, onImage, onMetric } = options;
  let latest: EvaluationResult | undefined;
  let latestImage: TrainerStatus['latestImage'];

  const publish = (step: number, prefix: string, metrics: Readonly<Record<string, number>>): void => {
    bus.scalars(step, prefix, metrics);
    for (const name in metrics) onMetric?.(`${prefix}/${name}`, metrics[name]!);
  };

  const publishImage = ({ index, evaluation }: ImageEvaluated, step: number): void => {
    latestImage = { ...evaluation, index, step };
    bus.scalars(step, `eval/images/${index}`, evaluation.metrics);
    bus.image(step, `eval/images/${index}`, evaluation.render);
  };

  const receive =
    (scope: EvaluationScope, step: number, images: MeasuredImage[]) =>
    (result: EvalStep): ObservableInput<unknown> => {
      if (result.kind === 'batch') {
        publish(step, 'eval/batch', result.metrics);
        return EMPTY;
      }
      publishImage(result, step);
      const { index, evaluation } = result;
      images.push({ index, name: evaluation.name, metrics: evaluation.metrics });
      if (scope === 'all' && pipeline.views) onImage?.(images.length, pipeline.views.eval.length);
      if (scope !== 'all' || !writePicture) return EMPTY;
      return writePicture(evaluationRender(index), evaluation.render);
    };

  const conclude = (step: number, images: readonly MeasuredImage[]): void => {
    if (images.length === 0) return;
    const means = meanMetrics(images);
    publish(step, 'eval', means);
    latest = {
      step,
      metrics: Object.fromEntries(Object.entries(means).map(([name, value]) => [`eval/${name}`, value])),
      summary: {
        ...unmeasured,
        ...means,
        images: images.map(({ index, name, metrics }) => ({
          name,
          ...(writePicture && { render: evaluationRender(index) }),
          ...unmeasured,
          ...metrics,
        })),
      },
    };
  };

  return {
    run: (scope, step) =>
      defer(() => {
        const images: MeasuredImage[] = [];
        const turn = imageEverySteps > 0 ? Math.floor(step / imageEverySteps) - 1 : 0;
        const imageIndex = Math.max(0, turn);
        return evalSteps(pipeline, { scope, step, imageIndex, receive: receive(scope, step, images) }).pipe(
          tap({ complete: () => scope === 'all' && conclude(step, images) }),
          ignoreElements(),
        );
      }),
    forget(step) {
      if (latest && latest.step > step) latest = undefined;
      if (latestImage && latestImage.step > step) latestImage = undefined;
    },
    get latest() {
      return latest;
    },
    get latestImage() {
      return latestImage;
    },
  };
}

/** The mean over the images that have the metric. */
function meanMetrics(images: readonly MeasuredImage[]): Record<string, number> {
  const values = new Map<string, number[]>();
  for (const { metrics } of images)
    for (const [name, value] of Object.entries(metrics))
      values.set(name, [...(values.get(name) ?? []), value]);
  return Object.fromEntries(
    [...values].map(([name, list]) => [name, list.reduce((sum, value) => sum + value, 0) / list.length]),
  );
}
