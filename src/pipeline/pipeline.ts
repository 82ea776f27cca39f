/**
 * What the Trainer trains. A Pipeline computes one training step or one evaluation; it knows nothing of optimizers,
 * schedules, sinks or checkpoints. Implement it for a model of your own: `groups`, `trainStep` and `dispose` are enough.
 */
import type { DataFingerprint } from '../data/dataFingerprint.ts';
import type { PhotoFindings } from '../data/photoFindings.ts';
import type { Box, WorldToModel } from '../data/scene.ts';
import type { RowMoves } from '../optimizers/moveRows.ts';
import type { NamedArrays } from '../tensors/namedArrays.ts';
import type { RenderCamera } from './renderCamera.ts';

/** How much an evaluation covers: a batch of held-out rays, one held-out image, or all of them. */
export const evaluationScopes = ['batch', 'image', 'all'] as const;
export type EvaluationScope = (typeof evaluationScopes)[number];

/**
 * A tensor of whichever engine computes, as far as everybody may know it; the tensors and variables of tfjs are such. What is in it, the
 * engine says (`engine.read`).
 */
export interface EngineTensor {
  readonly shape: readonly number[];
  /** Number of elements. */
  readonly size: number;
  readonly isDisposed: boolean;
  dispose(): void;
}

/**
 * A named tensor that is trained: alive from set-up to dispose, updated in place at the end of each step.
 * The name is unique in the pipeline; it keys gradients, optimizer state and checkpoints.
 */
export interface Parameter {
  readonly name: string;
  /** float32 of any shape: a variable of the engine's (with the engines of this package, a `tf.Variable`). The pipeline owns it and disposes it. */
  readonly variable: EngineTensor;
  /**
   * For parameters whose rows (their first dimension) come and go: makes it so many rows long, so that what was saved with another number
   * of them finds room. `variable` may be another tensor afterwards, as it may after a `commit` that tells of moved rows.
   * @throws RangeError where there is no room
   */
  resize?(rows: number): void;
}

/** How a session of a run begins. */
export interface PipelineStart {
  /** Ends the preparing: aborted when a run is to end before it has begun. */
  readonly signal?: AbortSignal | undefined;
  /** A file of another program that training begins with, see `isStartFile`; only for kinds that say that they read some. */
  readonly startFile?: string | undefined;
  /** What photos were found to say in an earlier session of the run. */
  readonly findings?: PhotoFindings | undefined;
  /** Whether a checkpoint's values take the place of those it would begin with, which need not be found then. */
  readonly isResumed?: boolean;
}

/** A number that is computed only when somebody reads it. Valid until the emission that carries it returns. */
export type LazyNumber = number | (() => number);

/**
 * Runs the work and counts its time for the phase: `time('forward', () => render(rays))`. The trainer publishes moving averages
 * as `time/<phase>_ms` and shows phases in the run's profile.
 */
export type TimePhase = <Result>(phase: string, work: () => Result) => Result;

/** Gradients keyed by parameter name, each of its parameter's shape. Leased: see {@link TrainStepOutput.gradients}. */
export type Gradients = Readonly<Record<string, EngineTensor>>;

/** What one forward and backward pass yields. */
export interface TrainStepOutput {
  /** Loss terms by name; their sum is what was differentiated. A single term is conventionally called `loss`. */
  readonly losses: Readonly<Record<string, LazyNumber>>;
  /** Anything else worth plotting: `psnr`, `rays`, `samples_per_ray`... Tags become `train/<name>`. */
  readonly metrics?: Readonly<Record<string, LazyNumber>>;
  /**
   * Leased: the pipeline owns the buffers, operators may overwrite them, nobody else disposes them, and they are valid
   * until the emission returns. A parameter without an entry has no gradient in this step and does not move.
   */
  readonly gradients: Gradients;
}

/** A view of the data set: what a viewer draws as a frustum, and can be rendered again. */
export interface CameraView extends RenderCamera {
  /** The frame's `file_path` in the data set. */
  readonly name: string;
}

/** 8-bit RGB image, row-major, top row first. */
export interface RgbImage {
  readonly width: number;
  readonly height: number;
  /** [height, width, 3] uint8 */
  readonly data: Uint8Array;
}

/** One held-out image, rendered and compared. */
export interface ImageEvaluation {
  /** The frame's `file_path` in the data set. */
  readonly name: string;
  readonly render: RgbImage;
  /** What it was compared with; shown beside the render in `eval/`. */
  readonly target?: RgbImage;
  /** For example `{ psnr, ssim, rays_per_second }`. Tags become `eval/images/<index>/<name>`; the mean over all images is `eval/<name>`. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** What to render, and from where. */
export interface RenderRequest {
  readonly camera: RenderCamera;
  /** Which outputs: `rgb`, `depth`, `accumulation`, `normals`, `surface` (the distance at which a surface is thought to be), or what else the pipeline has. */
  readonly outputs: readonly string[];
  /** Red, green, blue, each 0..1, behind the scene. Default: what held-out images are evaluated on. */
  readonly background?: readonly [number, number, number];
  /** What alone is shown of the scene. Default: all of it. A pipeline of one's own may leave it out. */
  readonly crop?: CropTransform;
}

/** A box that may be turned: [3, 4] row-major, brings its inside in the model's coordinates to [-1, 1]³. */
export type CropTransform = readonly number[];

/**
 * What the numbers of an output are, and with that how a picture shows them. `distance`: from the camera along the ray, in model units; 0 where
 * nothing is seen. `share`: 0..1. `direction`: unit vectors in the model's frame; 0 where nothing is seen.
 */
export type OutputQuantity = 'distance' | 'share' | 'direction';

/** One output of a rendering: [height, width, channels], row-major, top row first. */
export interface RenderedOutput {
  readonly channels: number;
  /** Colours are uint8 sRGB; everything else is float32. */
  readonly data: Uint8Array | Float32Array;
  /** Of float32 values; without it they are just numbers. */
  readonly quantity?: OutputQuantity;
}

/** The outputs that were asked for, by name. */
export interface RenderedImage {
  readonly width: number;
  readonly height: number;
  readonly outputs: Readonly<Record<string, RenderedOutput>>;
}

/** Where a scene lies in the model's coordinates. */
export interface SceneSpace {
  /** The region of interest. */
  readonly aabb: Box;
  readonly worldToModel: WorldToModel;
}

/**
 * One training step or one evaluation at a time, driven by the Trainer.
 *
 * Steps are numbered from 1; step n means n commits. `trainStep` changes nothing persistent: if the trainer discards
 * the step (pause, stop, skipped), calling it again with the same number gives the same result.
 */
export interface Pipeline {
  /** Parameter groups by name; each gets an optimizer and a scheduler of its own. A group may be empty. */
  readonly groups: Readonly<Record<string, readonly Parameter[]>>;
  /**
   * Forward and backward pass of step `step`. Synchronous. `time` may be used to say what takes how long: `data`, `forward`,
   * `backward`, or `forward_backward` where one pass does both. `position` is where the step stands among `trainer.maxSteps` of them, for what goes
   * by shares of these: the step's number, or more in a run that is fitted to a time (`trainer.fitToTime`).
   */
  trainStep(step: number, time?: TimePhase, position?: number): TrainStepOutput;
  /**
   * Called once at the end of step `step`, after the optimizers moved: occupancy grid, counters. A pipeline whose parameters have rows that
   * come and go moves them here, and tells `rowsMoved` how: what optimizers, averages and accumulators remember follows at once.
   * @param learningRateOf the rate by which a group moved in this step; undefined where it did not
   * @param position as in `trainStep`
   */
  commit?(
    step: number,
    rowsMoved?: (moves: RowMoves) => void,
    learningRateOf?: (group: string) => number | undefined,
    position?: number,
  ): void;
  /** Evaluates a batch of held-out rays (or whatever a quick evaluation is for the model). Tags become `eval/batch/<name>`. */
  evalBatch?(step: number): Readonly<Record<string, number>>;
  /** Evaluates held-out image `index` at full size; `undefined` when there is no such image. Deterministic. */
  evalImage?(index: number): ImageEvaluation | undefined;
  /**
   * Renders an image, one piece (a tile, a row, all of it) for each `next()`; yields how much of it is done, 0..1. Between two
   * pieces nothing is trained, and the rest may be left out (`return()`). Changes nothing that the next step depends on.
   * @throws ConfigError for an output that the pipeline does not have (`outputOf` finds them and says so)
   */
  render?(request: RenderRequest): Generator<number, RenderedImage>;
  /** Views of the data set, for a viewer; `eval.length` is the number of held-out images. */
  readonly views?: { readonly train: readonly CameraView[]; readonly eval: readonly CameraView[] };
  /** Names that {@link render} knows. Without it `rgb`, `depth` and `accumulation` are thought to be there. */
  readonly outputs?: readonly string[];
  /** Where the scene lies, for a viewer. */
  readonly space?: SceneSpace;
  /** What it trains on, wherever that lies: saved with every checkpoint, and the same whenever the run is resumed or evaluated. */
  readonly data?: DataFingerprint;
  /** What the next step depends on beside parameters: arrays by name, as views (the caller copies at once). */
  state?(): NamedArrays;
  /** Takes back what {@link state} gave. Throws `CheckpointError` on a name or shape it does not know. */
  restore?(state: NamedArrays): void;
  /** Numbers of the model for the run's summary, such as `{ splats }`. */
  summary?(): Readonly<Record<string, number>>;
  /** Frees everything the pipeline made. */
  dispose(): void;
}
