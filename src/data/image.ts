/** A decoded photo, wherever it was decoded. */

/** [height, width, channels] uint8, row-major, top row first; RGB, or RGB and straight (not premultiplied) alpha. */
export interface Image {
  readonly width: number;
  readonly height: number;
  readonly channels: 3 | 4;
  readonly data: Uint8Array;
  /** [height, width] uint8: 0 where the pixel neither trains nor counts; absent where all do. */
  readonly mask?: Uint8Array;
}
