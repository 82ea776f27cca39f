/** Puts pictures on their canvases: decodes them aside, drops those that a newer one has overtaken. */
import type { Picture } from '../../protocol.ts';

export class PictureCanvases {
  readonly #canvases: readonly HTMLCanvasElement[];
  readonly #onDrawn: (picture: Picture) => void;
  /** For each canvas, the newest picture that was drawn: of which look, and as which of those that arrived. */
  readonly #drawn = [
    { serial: -1, arrival: 0 },
    { serial: -1, arrival: 0 },
  ];
  #arrivals = 0;

  /** @param canvases one for each output of a look */
  constructor(canvases: readonly HTMLCanvasElement[], onDrawn: (picture: Picture) => void) {
    this.#canvases = canvases;
    this.#onDrawn = onDrawn;
  }

  /** Resolves when the picture is drawn, or need not be any more. @throws Error for what is no picture */
  async show(picture: Picture): Promise<void> {
    const arrival = ++this.#arrivals;
    const { serial, output } = picture;
    const canvas = this.#canvases[output];
    const isOvertaken = () => {
      const drawn = this.#drawn[output]!;
      return serial < drawn.serial || (serial === drawn.serial && arrival < drawn.arrival);
    };
    if (!canvas || isOvertaken()) return;
    const bytes = picture.jpeg as Uint8Array<ArrayBuffer>;
    const bitmap = await createImageBitmap(new Blob([bytes], { type: 'image/jpeg' }));
    if (!isOvertaken()) {
      this.#drawn[output] = { serial, arrival };
      // The browser stretches a coarse picture to the canvas's place, smoothly.
      if (canvas.width !== bitmap.width) canvas.width = bitmap.width;
      if (canvas.height !== bitmap.height) canvas.height = bitmap.height;
      canvas.getContext('2d', { alpha: false })?.drawImage(bitmap, 0, 0);
      this.#onDrawn(picture);
    }
    bitmap.close();
  }
}
