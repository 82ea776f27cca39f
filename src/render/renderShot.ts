/** What one camera sees, or two eyes, in one picture. */
import type { Camera } from '../data/cameras/camera.ts';
import type { Frame } from '../data/scene.ts';
import type { RenderedImage, RenderedOutput } from '../pipeline/pipeline.ts';

/** Where a frame is seen from, and the photo that was taken there. */
export interface Shot {
  /** With two eyes the left one's. */
  readonly camera: Camera;
  /** The right eye's, of the same size, and where its picture goes. */
  readonly right?: { readonly camera: Camera; readonly place: 'beside' | 'below' };
  readonly frame?: Frame;
}

/** @param see renders what a camera sees */
export async function renderShot(
  { camera, right }: Shot,
  see: (camera: Camera) => Promise<RenderedImage>,
): Promise<RenderedImage> {
  const image = await see(camera);
  return right ? joinImages(image, await see(right.camera), right.place) : image;
}

/** Two images of one size, with the same outputs: the second one to the right of the first, or below it. */
function joinImages(first: RenderedImage, second: RenderedImage, place: 'beside' | 'below'): RenderedImage {
  const { width, height } = first;
  const isBeside = place === 'beside';
  const join = (name: string, output: RenderedOutput): RenderedOutput => {
    const row = width * output.channels;
    const count = 2 * row * height;
    const data = output.data instanceof Uint8Array ? new Uint8Array(count) : new Float32Array(count);
    for (const [eye, image] of [first, second].entries())
      for (let y = 0; y < height; y++)
        data.set(
          image.outputs[name]!.data.subarray(y * row, (y + 1) * row),
          (isBeside ? 2 * y + eye : eye * height + y) * row,
        );
    return { ...output, data };
  };
  const outputs = Object.entries(first.outputs).map(([name, output]) => [name, join(name, output)] as const);
  return {
    width: isBeside ? 2 * width : width,
    height: isBeside ? height : 2 * height,
    outputs: Object.fromEntries(outputs),
  };
}
