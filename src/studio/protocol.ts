/**
 * What the studio's page and its server say to each other. Nothing of Node.js in here: the page imports it.
 *
 * One WebSocket, `/socket?run=NAME` (NAME as `/api/runs` has it; left out: the run that was given on the command line, or the newest one).
 * Text is JSON, one message a frame: {@link ClientMessage} to the server, {@link ServerMessage} to the page. Binary frames are pictures
 * ({@link decodePicture}). Files, lists and history are HTTP: {@link api}.
 *
 * The connection begins with `hello`, then `status`; after a lost connection the page opens a new one, looks again, and reads the history
 * again. A server that needs a token answers everything but the page itself with 401 until `POST /api/session` was given it.
 */
import { z } from 'zod';
import { renderBackground, renderCamera, renderCrop } from '../pipeline/renderCamera.ts';

/** Raised when pages of another version would misunderstand; a page that finds another one in `hello` reloads itself. */
export const protocolVersion = 1;

/** Longer frames from the page end the connection (code 1009). */
export const maxClientMessageBytes = 65_536;
/** A connection that sends more messages than this in a second is ended (code 1008). */
export const maxClientMessagesPerSecond = 200;
/** A picture has at most so many pixels: 1920 x 1080. Larger looks are refused. */
export const maxLookPixels = 1920 * 1080;

/** How numbers of an output become colours; colours and directions have their own. */
export const colorMaps = ['viridis', 'magma', 'inferno', 'grey'] as const;
export type ColorMap = (typeof colorMaps)[number];

/**
 * What a visitor looks at now. The newest look of a connection replaces the one before, drawn or not: there is no queue. It stays in force, so that
 * the picture follows the training: the server draws it again when it has become old, and while it rests at up to full size.
 */
const look = z
  .strictObject({
    type: z.literal('look'),
    /** The page's own number, greater than all before; pictures carry it. */
    serial: z.int().min(0).max(0xffff_ffff),
    /** In the model's coordinates, with the size that the picture is to have on the screen, in pixels. A coarse picture is smaller. */
    camera: renderCamera,
    /** One output, or two for a split view: names of `hello.outputs`. Each comes as a picture of its own, of the same step and camera. */
    outputs: z.array(z.string().max(100)).min(1).max(2).readonly(),
    colorMap: z.enum(colorMaps).optional(),
    /** Red, green, blue, 0..1, behind the scene; left out: the run's own. */
    background: renderBackground.optional(),
    /** What alone is shown, in the model's coordinates; left out: the whole scene. */
    crop: renderCrop.optional(),
    /** Least and greatest value of distances and plain numbers; left out: those of the picture itself, which flicker while one flies. */
    range: z.tuple([z.number(), z.number()]).readonly().optional(),
  })
  .refine(({ camera }) => camera.width * camera.height <= maxLookPixels, {
    path: ['camera'],
    message: `has more than ${maxLookPixels} pixels`,
  });
export type Look = z.output<typeof look>;

/** Page to server. */
export const clientMessage = z.discriminatedUnion('type', [
  look,
  /** Looks at nothing any more, for example because the page is hidden: no picture is drawn for it. */
  z.strictObject({ type: z.literal('unlook') }),
  /**
   * A picture has arrived and been decoded: say it once for each binary frame. Who has not said it for two pictures gets no more until then; so a
   * slow connection shows the newest picture, late, and never a row of old ones.
   */
  z.strictObject({ type: z.literal('shown') }),
  /**
   * Gives the run a command, as `nerfstream ctl` does; answered by `response` with the same `id` when it has taken effect (an evaluation: when
   * it is made). `request` is `{ type: 'trainer.pause' }`, `{ type: 'trainer.setLearningRate', group, factor }` and so on: `commandOf` of
   * machines/commands.ts makes and checks it. All but `trainer.render` are refused when `hello.readOnly`.
   */
  z.strictObject({
    type: z.literal('request'),
    id: z.int().min(0),
    request: z.looseObject({ type: z.string() }),
  }),
  /** The share of time for viewing while somebody flies, for all visitors: 0.05 to 0.95. Answered by the next `status` of all. Refused when read-only. */
  z.strictObject({ type: z.literal('share'), value: z.number().min(0.05).max(0.95) }),
]);
export type ClientMessage = z.input<typeof clientMessage>;

/** A view of the data set; draw it as a frustum. Its photo: `api.photo`. */
export interface StudioCamera {
  readonly name: string;
  /** In the model's coordinates, with intrinsics and lens, of the size that is trained on. */
  readonly camera: z.output<typeof renderCamera>;
}

/** Where the scene lies. */
export interface StudioScene {
  readonly train: readonly StudioCamera[];
  readonly eval: readonly StudioCamera[];
  /** Minimum x, y, z, maximum x, y, z: the region of interest, in the model's coordinates. Absent for models that do not say. */
  readonly box?: readonly number[];
  /** `model = scale * (transform * world)`; transform [3, 4] row-major. For saving camera paths in the data set's coordinates and for units. */
  readonly worldToModel?: { readonly transform: readonly number[]; readonly scale: number };
}

/** Where a run stands, how one gets at it, and what may be done. */
export const runModes = ['live', 'attached', 'finished'] as const;
/** `live`: this process trains it. `attached`: another process does; fewer and slower pictures. `finished`: nobody does; its newest checkpoint is shown. */
export type RunMode = (typeof runModes)[number];

/** First message of a connection; comes again when anything in it has changed (a run that was being prepared has begun). */
export interface HelloMessage {
  readonly type: 'hello';
  readonly version: number;
  readonly run: {
    /** Name of its folder: what the URLs of {@link api} want. */
    readonly name: string;
    readonly mode: RunMode;
    readonly method: string;
    /** Kind of model, such as `splat` or `instant-ngp`. */
    readonly model: string;
  };
  /** Nothing may be changed: no commands, no share, no render jobs. True for all runs that are not live or attached, too, but for render jobs. */
  readonly readOnly: boolean;
  /** Names of commands that this run takes now, such as `pause`; empty when finished or read-only. */
  readonly commands: readonly string[];
  /** Parameter groups, for learning rates. */
  readonly groups: readonly string[];
  /** What can be shown: `rgb`, `depth`, `accumulation`, `normals`, ... */
  readonly outputs: readonly string[];
  /** Absent while the run is being prepared. */
  readonly scene?: StudioScene;
  /** The complete configuration. What each key means: `api.configKeys`. */
  readonly config: unknown;
}

/** The run at a glance, at most four times a second and after every command. Numbers that JSON lacks are text ("NaN"). */
export interface StatusMessage {
  readonly type: 'status';
  /** As in machines/runStatus.ts; never `viewing`: between two pictures a run trains, or is paused. */
  readonly state: string;
  readonly step: number;
  readonly maxSteps: number;
  /** Seconds of training, over all sessions. */
  readonly trainSeconds: number;
  /** Latest value by tag (`train/loss`, `train/rays_per_second`, `time/eta_seconds`, `eval/psnr`, ...). */
  readonly metrics: Readonly<Record<string, number | string>>;
  readonly learningRates: Readonly<Record<string, number>>;
  /** Newest checkpoint, relative to the run folder. */
  readonly checkpoint?: string;
  /** Steps of the last seconds, per second of wall time; 0 while paused. */
  readonly stepsPerSecond: number;
  readonly viewing: {
    /** As asked for. */
    readonly share: number;
    /** Of the last five seconds of wall time, as measured: 0..1. */
    readonly measuredShare: number;
    /** Pictures a second, of all visitors together. */
    readonly picturesPerSecond: number;
  };
  /** Open connections to this run, this one included. */
  readonly visitors: number;
  /** The checkpoint that pictures are of, where nobody trains the run or another process does. */
  readonly saved?: { readonly step: number; readonly ageSeconds: number };
  /** What became of metric sinks that have lost something or failed, one sentence each; of runs that this process trains. */
  readonly sinkTroubles: readonly string[];
}

/** A row is `[tag, step, wallTime, value]`, wallTime in seconds since the Unix epoch, value a number or "NaN", "Infinity", "-Infinity". */
export type ScalarRow = readonly [string, number, number, number | string];

/** Server to page, as JSON. */
export type ServerMessage =
  | HelloMessage
  | StatusMessage
  /**
   * New scalars, in batches of up to a second. The first batch of a connection repeats the newest ones that may not be in the file yet: of one tag and step
   * the later row counts. History: `api.scalars`, read it after `hello`.
   */
  | { readonly type: 'scalars'; readonly rows: readonly ScalarRow[] }
  /** The run went back to `step` (rollback): what was said of later steps is void. */
  | { readonly type: 'forget'; readonly step: number }
  /** An evaluation made a picture; `url` answers with it for some while. `tag` is `eval/images/<index>`. */
  | { readonly type: 'evaluated'; readonly tag: string; readonly step: number; readonly url: string }
  | { readonly type: 'log'; readonly lines: readonly LogLine[] }
  /** Answer to `request`. */
  | {
      readonly type: 'response';
      readonly id: number;
      readonly ok: true;
      /** What a task answers; of `trainer.render` nothing but the step: pictures come by looking. */
      readonly answer?: unknown;
    }
  | { readonly type: 'response'; readonly id: number; readonly ok: false; readonly error: string }
  /** A look could not be drawn, for example because the model has no such output: nothing more comes for it. */
  | { readonly type: 'lookFailed'; readonly serial: number; readonly error: string }
  /** All render jobs of this run, whenever one of them changes. */
  | { readonly type: 'renders'; readonly jobs: readonly RenderJob[] }
  /** The run has ended: `completed`, `stopped`, `interrupted` or `failed`. The server stays as long as its command does. */
  | { readonly type: 'ended'; readonly status: string; readonly error?: string }
  /** The run cannot be shown, and why; the connection ends with it. */
  | { readonly type: 'unavailable'; readonly error: string }
  /** What the page sent was not understood or is not allowed; after ten of them the connection is ended. */
  | { readonly type: 'refused'; readonly error: string };

export interface LogLine {
  /** Milliseconds since the Unix epoch. */
  readonly time: number;
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
}

/** A camera path that is being rendered, or was. */
export interface RenderJob {
  readonly id: string;
  readonly state: 'waiting' | 'rendering' | 'done' | 'failed' | 'cancelled';
  readonly framesDone: number;
  readonly frames: number;
  /** Name of the file to download, once done. */
  readonly file?: string;
  readonly error?: string;
}

/** A run in the list. */
export interface RunEntry {
  readonly name: string;
  readonly mode: RunMode;
  readonly method: string;
  /** How it ended, or that it has not: as `status` in summary.json, or `running`, or `unknown`. */
  readonly status: string;
  readonly steps?: number;
  readonly psnr?: number;
  readonly ssim?: number;
  readonly trainSeconds?: number;
  /** Milliseconds since the Unix epoch: when its folder changed last. */
  readonly changedAt: number;
  /** Absent where there is nothing to be seen of it. */
  readonly thumbnail?: RunThumbnail;
}

/** What `api.thumbnail` answers with. */
export interface RunThumbnail {
  /** Another one, another picture. */
  readonly version: string;
  /** The picture of `api.picture` that it is made of. Left out: it is drawn when somebody asks, which may take seconds, one at a time. */
  readonly file?: string;
}

/** All scalars of a run, tag by tag, three columns of equal length. Non-finite values are text. */
export type ScalarHistory = Readonly<
  Record<
    string,
    {
      readonly steps: readonly number[];
      readonly times: readonly number[];
      readonly values: readonly (number | string)[];
    }
  >
>;

/** What `POST api.renders(run)` takes. */
export const renderJobRequest = z.strictObject({
  /** nerfstudio's camera_path.json, already interpolated: one entry a frame, cameras in the model's coordinates. */
  path: z.looseObject({
    render_width: z.int().min(1).max(4096),
    render_height: z.int().min(1).max(4096),
    fps: z.number().min(1).max(120).optional(),
    camera_path: z
      .array(
        z.looseObject({
          camera_to_world: z.array(z.number()).length(16),
          fov: z.number().min(1).max(179),
        }),
      )
      .min(1)
      .max(3000),
  }),
  /** Left out: `rgb`. */
  output: z.string().max(100).optional(),
  /** An animated WebP, or (where ffmpeg is installed) a video. */
  format: z.enum(['webp', 'mp4', 'webm']),
});
export type RenderJobRequest = z.input<typeof renderJobRequest>;

/** What a page may begin a run with. */
export interface NewRunChoices {
  /** Methods, and what each says of itself. */
  readonly methods: readonly { readonly name: string; readonly says: string }[];
  /** Photos are taken from here and nowhere else. */
  readonly folder: string;
  /** Folders in it that look as if they could be trained on, relative to it. */
  readonly data: readonly string[];
}

/** What `POST api.runs` takes. */
export const newRunRequest = z.strictObject({
  method: z.string().max(100),
  /** Relative to `NewRunChoices.folder`. */
  data: z.string().min(1, 'say where the photos are').max(1000),
  /** Of the run's folder; empty: the method and the time. */
  name: z.string().max(100).default(''),
  /** Over those of the method. Values are numbers and words. */
  settings: z
    .array(z.strictObject({ key: z.string().max(200), value: z.string().max(64) }))
    .max(100)
    .default([]),
});
export type NewRunRequest = z.output<typeof newRunRequest>;

/** What is wrong with a new run. */
export interface NewRunError {
  /** `method`, `data`, `name`, or a key of the configuration; empty: of all. */
  readonly key: string;
  readonly message: string;
}

/** Whether a page may set the key: none that names files, loads modules or sends metrics elsewhere. */
export function isSettableKey(key: string): boolean {
  return !/^(data\.(path|parser)|sinks)\b|\.module$|\[\]|^method$|^extends$/.test(key);
}

const run = (name: string): string => `/api/runs/${encodeURIComponent(name)}`;

/**
 * Addresses of the server. Answers are JSON unless said otherwise; errors are `{ error: string }` with status 400, 401, 403, 404, 413 or 429.
 * POST and DELETE need `content-type: application/json` and the page's own origin.
 */
export const api = {
  /** POST `{ token }` -> 204: the token out of the page's address (`#token=...`); sets a cookie that lets everything else through. 401: a wrong one. */
  session: '/api/session',
  /** GET: {@link RunEntry}[], newest first. POST {@link NewRunRequest} -> 202 `{ name }`, or 400 `{ error, errors: NewRunError[] }`. */
  runs: '/api/runs',
  /** {@link NewRunChoices}; 403 where nobody may begin one. */
  newRun: '/api/new-run',
  /** `{ key, kind?, expects, default?, description }[]`: every key of the configuration, with the schema's sentence. */
  configKeys: '/api/config-keys',
  /** {@link ScalarHistory} */
  scalars: (name: string): string => `${run(name)}/scalars`,
  /** The training photo or held-out photo of that camera, as JPEG with at most `size` pixels on its longer side (64 to 2048, default 160). */
  photo: (name: string, split: 'train' | 'eval', index: number, size = 160): string =>
    `${run(name)}/photos/${split}/${index}?size=${size}`,
  /** `{ file, step?, index }[]`: pictures of evaluations that lie in the run folder; without a step: of the last evaluation of all images. */
  pictures: (name: string): string => `${run(name)}/pictures`,
  /** One of them, as PNG; `file` as the list has it. */
  picture: (name: string, file: string): string => `${run(name)}/pictures/${encodeURIComponent(file)}`,
  /** What the list of runs shows of it, as a small JPEG; `version` as the list has it. */
  thumbnail: (name: string, version: string): string =>
    `${run(name)}/thumbnail?version=${encodeURIComponent(version)}`,
  /** GET: {@link RenderJob}[]. POST {@link RenderJobRequest} -> 202 {@link RenderJob}. */
  renders: (name: string): string => `${run(name)}/renders`,
  /** DELETE: cancels it, or forgets one that has ended. */
  render: (name: string, id: string): string => `${run(name)}/renders/${encodeURIComponent(id)}`,
  /** The finished file, as a download. */
  renderFile: (name: string, id: string): string => `${run(name)}/renders/${encodeURIComponent(id)}/file`,
} as const;

/** What stands before a picture's bytes, and the bytes: JPEG. */
export interface Picture {
  /** Of the look that it was drawn for. */
  readonly serial: number;
  /** Which of the look's outputs it shows: 0 or 1. */
  readonly output: number;
  /** Of the model. A step less than that of the newest `status` says that the picture is old. */
  readonly step: number;
  /** Full size: nothing sharper follows for this look (but pictures of later steps do). */
  readonly isSharp: boolean;
  /** Size of the camera's picture times `scale`: a coarse one has fewer pixels; stretch it to the camera's size. */
  readonly width: number;
  readonly height: number;
  /** How long the model took, all outputs together. */
  readonly milliseconds: number;
  /** Least and greatest value shown, for a legend; undefined for colours and directions. */
  readonly range?: readonly [number, number];
  readonly jpeg: Uint8Array;
}

const pictureHeaderBytes = 32;

/** The bytes of a binary frame: 32 bytes of header, little-endian, then the JPEG. */
export function encodePicture(picture: Picture): Uint8Array {
  const { jpeg, range = [Number.NaN, Number.NaN] } = picture;
  const bytes = new Uint8Array(pictureHeaderBytes + jpeg.length);
  const header = new DataView(bytes.buffer);
  header.setUint8(0, protocolVersion);
  header.setUint8(1, picture.isSharp ? 1 : 0);
  header.setUint8(2, picture.output);
  header.setUint32(4, picture.serial, true);
  header.setUint32(8, picture.step, true);
  header.setFloat32(12, picture.milliseconds, true);
  header.setUint16(16, picture.width, true);
  header.setUint16(18, picture.height, true);
  header.setFloat32(20, range[0], true);
  header.setFloat32(24, range[1], true);
  bytes.set(jpeg, pictureHeaderBytes);
  return bytes;
}

/** Reads a binary frame. The JPEG is a view of it. @throws RangeError for what is none */
export function decodePicture(frame: ArrayBuffer): Picture {
  if (frame.byteLength < pictureHeaderBytes) throw new RangeError('a picture has at least 32 bytes');
  const header = new DataView(frame);
  if (header.getUint8(0) !== protocolVersion) throw new RangeError('a picture of another version');
  const range = [header.getFloat32(20, true), header.getFloat32(24, true)] as const;
  return {
    serial: header.getUint32(4, true),
    output: header.getUint8(2),
    step: header.getUint32(8, true),
    isSharp: header.getUint8(1) === 1,
    width: header.getUint16(16, true),
    height: header.getUint16(18, true),
    milliseconds: header.getFloat32(12, true),
    ...(Number.isNaN(range[0]) ? {} : { range }),
    jpeg: new Uint8Array(frame, pictureHeaderBytes),
  };
}
