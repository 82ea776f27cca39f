/** Sizes of pictures. */
export interface Size {
  /** Pixels. */
  readonly width: number;
  readonly height: number;
}

/** `4000 x 3000`, or `up to 4000 x 3000` where sizes differ. @param sizes at least one */
export function describeSizes(sizes: readonly Size[]): string {
  const largest = sizes.reduce((a, b) => (b.width * b.height > a.width * a.height ? b : a));
  const differ = sizes.some(({ width, height }) => width !== largest.width || height !== largest.height);
  return `${differ ? 'up to ' : ''}${largest.width} x ${largest.height}`;
}

/** So much may the sides of a photo and of what belongs to it differ in their ratio: sizes are rounded. */
const aspectTolerance = 0.02;

/** Whether a picture can be brought to the size of a photo, pixel by pixel. */
export function haveSameAspect(picture: Size, photo: Size): boolean {
  return Math.abs((picture.width * photo.height) / (picture.height * photo.width) - 1) <= aspectTolerance;
}
