/** What a frame shows: outputs of the model, the photo, and how they differ, side by side. */
import sharp from 'sharp';
import { type Color, compositeOver, toRgbImage } from '../data/compositeOver.ts';
import { loadFrameImage } from '../data/images.ts';
import type { Frame } from '../data/scene.ts';
import { ConfigError } from '../errors.ts';
import { outputPicture } from '../pipeline/outputPicture.ts';
import type { RenderedImage, RgbImage } from '../pipeline/pipeline.ts';

/** What can be shown of a view beside what the model has. */
const ofPhotos = ['photo', 'difference'] as const;

/** Least and greatest value of an output in a sequence, by its name. */
export type OutputRanges = Readonly<Record<string, readonly [number, number]>>;

/** What of `shown` the model renders. A difference needs its colours. */
export function modelOutputs(shown: readonly string[]): string[] {
  const outputs = shown.filter((name) => !isOfPhoto(name));
  return shown.includes('difference') && !outputs.includes('rgb') ? ['rgb', ...outputs] : outputs;
}

/** @throws ConfigError where photos are to be shown and there are none to the cameras */
export function checkShown(shown: readonly string[], havePhotos: boolean): void {
  const photo = shown.find(isOfPhoto);
  if (photo !== undefined && !havePhotos)
    throw new ConfigError(
      `--output ${photo}: there are photos of the data set's views alone; render "dataset", or leave it out`,
    );
}

/**
 * The pictures of `shown`, from left to right.
 * @param image with all that `modelOutputs(shown)` says
 * @param photo of the same size, where one is shown
 */
export function framePicture(
  shown: readonly string[],
  image: RenderedImage,
  ranges: OutputRanges,
  photo?: RgbImage,
): RgbImage {
  const { width, height, outputs } = image;
  const pictures = shown.map((name): RgbImage => {
    if (name === 'photo') return photo!;
    if (name === 'difference') return differencePicture(photo!, outputs['rgb']!.data as Uint8Array);
    return outputPicture(image, outputs[name]!, ranges[name]).picture;
  });
  if (pictures.length === 1) return pictures[0]!;
  const data = new Uint8Array(pictures.length * width * height * 3);
  for (const [column, picture] of pictures.entries())
    for (let row = 0; row < height; row++)
      data.set(
        picture.data.subarray(row * width * 3, (row + 1) * width * 3),
        (row * pictures.length + column) * width * 3,
      );
  return { width: width * pictures.length, height, data };
}

/** How far each colour is from the photo's: black where it is the same. @param rendered [height, width, 3] */
export function differencePicture({ width, height, data }: RgbImage, rendered: Uint8Array): RgbImage {
  return { width, height, data: data.map((value, index) => Math.abs(value - rendered[index]!)) };
}

/** A frame's photo over the background, in the size that is rendered. @throws DataError */
export async function photoOf(
  frame: Frame,
  { width, height }: Pick<RgbImage, 'width' | 'height'>,
  background: Color,
): Promise<RgbImage> {
  const image = await loadFrameImage(frame);
  const whole = toRgbImage(compositeOver(image, background), image.width, image.height);
  if (image.width === width && image.height === height) return whole;
  const { data } = await sharp(whole.data, { raw: { width: image.width, height: image.height, channels: 3 } })
    .resize(width, height, { fit: 'fill' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { width, height, data: new Uint8Array(data) };
}

function isOfPhoto(name: string): boolean {
  return (ofPhotos as readonly string[]).includes(name);
}
