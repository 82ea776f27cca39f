/**
 * Every error a caller may want to act on: one tagged class each, with a readonly payload.
 * Messages say what is wrong, where, and what to do. The command line maps them to exit codes (`src/cli`).
 */

/** Base of all errors nerfstream throws on purpose. `tag` names the class so that handling can be exhaustive by type. */
export abstract class NerfstreamError<Tag extends string = string> extends Error {
  abstract readonly tag: Tag;
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** A configuration that cannot be used: unknown key, wrong type, impossible combination. */
export class ConfigError extends NerfstreamError<'Config'> {
  readonly tag = 'Config';
  /** @param at `file`: the YAML file, if any; `path`: the dotted key, for example `trainer.maxSteps`. */
  constructor(
    message: string,
    readonly at: { readonly file?: string; readonly path?: string } = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A data set that cannot be read or makes no sense. */
export class DataError extends NerfstreamError<'Data'> {
  readonly tag = 'Data';
  /** @param file the offending file or folder. */
  constructor(
    message: string,
    readonly file: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** COLMAP or ffmpeg failed while photos were placed, or none could be placed. */
export class ColmapError extends NerfstreamError<'Colmap'> {
  readonly tag = 'Colmap';
}

/** A checkpoint that is damaged, hostile, of another version, or of another model. */
export class CheckpointError extends NerfstreamError<'Checkpoint'> {
  readonly tag = 'Checkpoint';
  /** @param file the checkpoint's path, or `undefined` when it was decoded from memory. */
  constructor(
    message: string,
    readonly file?: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A checkpoint whose disk is full or may not be written. Recoverable: once there is room or permission, saving works again. */
export class UnwritableError extends CheckpointError {}

/** A run folder that cannot be created, is in use, or already exists. */
export class RunFolderError extends NerfstreamError<'RunFolder'> {
  readonly tag = 'RunFolder';
  constructor(
    message: string,
    readonly folder: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** A loss or gradient became NaN or infinite. */
export class NonFiniteError extends NerfstreamError<'NonFinite'> {
  readonly tag = 'NonFinite';
  /** @param step the step that produced it; `where` the loss term or parameter name. */
  constructor(
    readonly step: number,
    readonly where: string,
  ) {
    super(
      `step ${step}: ${where} is not finite. Lower the learning rate, clip gradients (groups.<group>.clipNorm), or set trainer.onNonFinite to "skip" or "rollback".`,
    );
  }
}

/** A pipeline, optimizer or engine failed while it computed a step. */
export class StepError extends NerfstreamError<'Step'> {
  readonly tag = 'Step';
  constructor(
    message: string,
    readonly step: number,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The engine (kernels, threads, native library) cannot be started or used. */
export class EngineError extends NerfstreamError<'Engine'> {
  readonly tag = 'Engine';
}

/** A command that could not be carried out: the run ended first. */
export class CommandError extends NerfstreamError<'Command'> {
  readonly tag = 'Command';
}

/** Rendered frames could not be made into what was asked for. */
export class RenderError extends NerfstreamError<'Render'> {
  readonly tag = 'Render';
}

/** A store of runs and data sets cannot be reached or used, or what it holds is damaged. */
export class StoreError extends NerfstreamError<'Store'> {
  readonly tag = 'Store';
}

/** The queue of a fleet cannot be reached, or what is asked of it makes no sense. */
export class QueueError extends NerfstreamError<'Queue'> {
  readonly tag = 'Queue';
}

/** A metric sink could not be loaded or failed for good. Never stops training. */
export class SinkError extends NerfstreamError<'Sink'> {
  readonly tag = 'Sink';
  constructor(
    message: string,
    readonly sink: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
