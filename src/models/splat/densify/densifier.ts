/** How splats come and go while they are trained: what a strategy of densification is to the model. */
import type { z } from 'zod';
import type { Kind } from '../../../kinds.ts';
import type { SplatGroup } from '../splatGroups.ts';
import type { SplatValues } from '../splatParameters.ts';

/** Splats at the end of a step, after the optimizers moved. */
export interface SplatsNow {
  /** Of the step that ends, from 1. */
  readonly step: number;
  /** Where it stands among the horizon's steps, for shares of these. */
  readonly position: number;
  /** The parameters in place, row by row. */
  readonly values: SplatValues;
  /** How many splats training began with. */
  readonly initialCount: number;
  /**
   * [splats] mean length of d loss / d (place of the splat in the picture, in pixels of the step's resolution) over the steps since the last
   * densification in which it was in view; 0 for those that never were. The loss is a mean of squared errors over the pixels looked at.
   */
  screenGradients(): Float32Array;
}

/** Values that a strategy may change; the others of a splat are those of the one it is a copy of. */
export type SplatShapes = Pick<SplatValues, 'means' | 'scales' | 'opacities'>;

/** The splats there are from now on, in any order: the model sorts rows. */
export interface Densification {
  /** [rows] the row that a row is a copy of. */
  readonly sources: Int32Array;
  /** [rows] as in `RowMoves`: the row whose optimizer memory a row inherits; -1: it begins anew. */
  readonly from: Int32Array;
  /** What they look like. */
  readonly shapes: SplatShapes;
  /** Groups in which the memory of all rows begins anew. */
  readonly anew?: readonly SplatGroup[];
}

/** A strategy at work. What it does depends on seed, step and what it is shown alone, so that it needs no place in a checkpoint. */
export interface Densifier {
  /** Penalties of its own, added to the model's: this times the mean opacity, and the mean length of the three axes, of all splats. */
  readonly penalties?: { readonly opacity: number; readonly scale: number };
  /** Moves splats in place, in every step. @param learningRate by which the optimizer moved `means` in this step */
  move?(step: number, values: SplatValues, learningRate: number): void;
  /** @returns undefined where everything stays as it is: in most steps */
  densify(now: SplatsNow): Densification | undefined;
}

/** What a strategy is made for, beside its settings. */
export interface DensifierSetting {
  readonly seed: number;
  /** Most splats there are to be. A start with more is not cut. */
  readonly maxSplats: number;
  /** Steps that shares are shares of. */
  readonly horizonSteps: number;
  /** Pixels of the longer side of the photos, on average. */
  readonly photoSide: number;
}

/** A strategy with its settings: a name that `model.densify.kind` may have. */
export interface DensifierKind<Name extends string = string, Schema extends z.ZodObject = z.ZodObject>
  extends Kind<Name, Schema> {
  create(settings: z.output<Schema>, setting: DensifierSetting): Densifier;
}

/** Says what a strategy is, with the types of its settings. */
export function defineDensifier<const Name extends string, Schema extends z.ZodObject>(
  densifier: DensifierKind<Name, Schema>,
): DensifierKind<Name, Schema> {
  return densifier;
}
