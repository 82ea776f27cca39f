/** One tagged union says everything a run tells the world. It crosses threads, so it is plain data. */
import type { RgbImage } from '../src/pipeline/pipeline.ts';

interface MetricBase {
  /** Slash-separated, for example `train/loss` or `learning_rate/encoding`. */
  readonly tag: string;
  /** The step it belongs to: n means after n commits. */
  readonly step: number;
  /** Seconds since the Unix epoch, with fraction. */
  readonly wallTime: number;
}

/** A number; may be NaN or infinite. */
export interface ScalarEvent extends MetricBase {
  readonly kind: 'scalar';
  readonly value: number;
}

/** A picture; `path` is set once it was written, relative to the run folder. */
export interface ImageEvent extends MetricBase {
  readonly kind: 'image';
  readonly image: RgbImage;
  readonly path?: string;
}

/** Counts per bucket: `edges.length === counts.length + 1`. */
export interface HistogramEvent extends MetricBase {
  readonly kind: 'histogram';
  readonly edges: readonly number[];
  readonly counts: readonly number[];
}

/** Markdown or plain text. */
export interface TextEvent extends MetricBase {
  readonly kind: 'text';
  readonly text: string;
}

/** The resolved configuration, once at the start and again after a resume; replayed to late subscribers. */
export interface ConfigEvent extends MetricBase {
  readonly kind: 'config';
  readonly config: unknown;
}

export type MetricEvent = ScalarEvent | ImageEvent | HistogramEvent | TextEvent | ConfigEvent;

/**
 * A type guard for scalars, of one tag or of any: the filter that most custom sinks begin with.
 *
 * @example metrics$.pipe(filter(isScalar('eval/psnr')), map(({ value }) => value))
 */
export function isScalar(tag?: string): (event: MetricEvent) => event is ScalarEvent {
  return (event): event is ScalarEvent => event.kind === 'scalar' && (tag === undefined || event.tag === tag);
}
