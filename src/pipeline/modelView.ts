/** A trained model as it is looked at: rendered, not trained. */
import type { DataConfig } from '../data/dataSchema.ts';
import type { Scene } from '../data/scene.ts';
import type { Engine } from '../tensors/engine.ts';
import type { NamedArrays } from '../tensors/namedArrays.ts';
import type { Pipeline } from './pipeline.ts';

/** What a model is looked at with, beside its settings: no photo has been decoded. */
export interface ViewSetting {
  readonly data: DataConfig;
  /** The run's data set, as it was trained on. */
  readonly scene: Scene;
  readonly seed: number;
  readonly engine: Engine;
  /** What was saved, by the names that checkpoints use: it says how many rows parameters have whose rows come and go. */
  readonly saved: NamedArrays;
}

/** A model to look at: it renders once its parameters and its state are those that were saved. */
export interface ModelView extends Pick<Pipeline, 'groups' | 'outputs' | 'restore' | 'dispose'> {
  render: NonNullable<Pipeline['render']>;
}
