/** Renders images with splats: all of one in one piece, because it takes milliseconds. */
import { toByte } from '../../data/compositeOver.ts';
import { ConfigError } from '../../errors.ts';
import type { RenderedImage, RenderedOutput, RenderRequest } from '../../pipeline/pipeline.ts';
import { completeCamera } from '../../pipeline/renderCamera.ts';
import type { SplatModel } from './createSplatModel.ts';
import type { Color, SplatPicture } from './splatKernels.ts';

/** What splats can show, by name. */
const outputsOf: Readonly<
  Record<string, (picture: SplatPicture, width: number, height: number) => RenderedOutput>
> = {
  /** Colour over the background that held-out images are evaluated on: uint8 sRGB. */
  rgb(picture, width, height) {
    const data = new Uint8Array(width * height * 3);
    eachPixel(picture, width, height, (at, pixel) => {
      for (let channel = 0; channel < 3; channel++)
        data[pixel * 3 + channel] = toByte(picture.data[at + channel]!);
    });
    return { channels: 3, data };
  },
  /** How much of the light comes from splats, 0 (all background) to 1: float32. */
  accumulation(picture, width, height) {
    const data = new Float32Array(width * height);
    eachPixel(picture, width, height, (at, pixel) => {
      data[pixel] = 1 - picture.data[at + 3]!;
    });
    return { channels: 1, data };
  },
};

/** @throws ConfigError for an output that splats do not have, and for a camera that they cannot be seen by */
export function* renderSplatImage(
  model: Pick<SplatModel, 'render'>,
  { camera, outputs }: RenderRequest,
  background: Color,
): Generator<number, RenderedImage> {
  const complete = completeCamera(camera);
  const { width, height } = complete;
  const unknown = outputs.find((name) => !Object.hasOwn(outputsOf, name));
  if (unknown !== undefined)
    throw new ConfigError(
      `render: there is no output ${unknown}; outputs: ${Object.keys(outputsOf).join(', ')}`,
    );
  const picture = model.render(complete, background);
  const rendered = outputs.map((name) => [name, outputsOf[name]!(picture, width, height)] as const);
  yield 1;
  return { width, height, outputs: Object.fromEntries(rendered) };
}

/** @param visit told where a pixel lies in the picture, and its number */
function eachPixel(
  { pitch }: SplatPicture,
  width: number,
  height: number,
  visit: (at: number, pixel: number) => void,
): void {
  for (let row = 0, pixel = 0; row < height; row++)
    for (let column = 0; column < width; column++, pixel++) visit((row * pitch + column) * 4, pixel);
}
