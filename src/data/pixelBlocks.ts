/** An order of an image's pixels in which neighbours stay together: their rays meet the same things, which are in the cache then. */

/** Pixels of a block's side: its rays are one unit of the kernels' work (src/models/instantNgp/renderKernels.ts). */
const side = 16;

/** Row-major numbers of all pixels, block by block, each row by row. @returns [height * width] */
export function pixelBlocks(width: number, height: number): Int32Array {
  const order = new Int32Array(width * height);
  let count = 0;
  for (let top = 0; top < height; top += side)
    for (let left = 0; left < width; left += side)
      for (let row = top; row < Math.min(top + side, height); row++)
        for (let column = left; column < Math.min(left + side, width); column++)
          order[count++] = row * width + column;
  return order;
}
