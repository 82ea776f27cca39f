/** Decoded photos of which some lie in memory, the others in a temporary file: reads from either give the same bits. */
import { read, readSync, write } from 'node:fs';
import { promisify } from 'node:util';
import { DataError } from '../errors.ts';
import type { Image } from './image.ts';
import { copyPixel, type PhotoSize, type Photos } from './photos.ts';
import { openScratchFile, type ScratchFile } from './scratchFile.ts';
import type { Size } from './size.ts';

/** Photos that are put in while they are decoded, in any order; each must be there before it is read. Masks stay in memory. */
export interface PhotoStore extends Photos {
  /** Of all pixels. */
  readonly bytes: number;
  /** Of those in memory. */
  readonly residentBytes: number;
  /** Where the file lies, if there is one. */
  readonly folder: string | undefined;
  /** @throws DataError where the file finds no room */
  put(index: number, image: Image): Promise<void>;
  /** Frees memory and file. */
  dispose(): void;
}

export interface PhotoStoreOptions {
  /** 4 if any photo may have alpha. */
  readonly channels: 3 | 4;
  /** The first photos lie in memory, as many as fit into so many bytes. */
  readonly memoryBytes: number;
}

/** Where a photo lies in the file. */
interface Place {
  readonly position: number;
  channels: 3 | 4;
}

const writeFully = promisify(write);

/** @throws DataError where the file finds no room */
export async function createPhotoStore(
  sizes: readonly Size[],
  { channels, memoryBytes }: PhotoStoreOptions,
): Promise<PhotoStore> {
  const bytesOf = ({ width, height }: Size) => width * height * channels;
  const resident: (Image | undefined)[] = [];
  const places: (Place | undefined)[] = [];
  const photoSizes: PhotoSize[] = sizes.map(({ width, height }) => ({ width, height }));
  let [inMemory, inFile, largest] = [0, 0, 0];
  sizes.forEach((size, index) => {
    const bytes = bytesOf(size);
    if (inFile === 0 && inMemory + bytes <= memoryBytes) {
      inMemory += bytes;
      return;
    }
    places[index] = { position: inFile, channels };
    inFile += bytes;
    largest = Math.max(largest, bytes);
  });
  const file = inFile > 0 ? await openScratchFile(inFile) : undefined;
  const reader = file && createReader(file, largest);

  return {
    sizes: photoSizes,
    bytes: inMemory + inFile,
    residentBytes: inMemory,
    folder: file?.folder,
    async put(index, image) {
      const { width, height, mask } = image;
      if (mask) photoSizes[index] = { width, height, mask };
      const place = places[index];
      if (!place || !file) {
        resident[index] = image;
        return;
      }
      if (image.channels > channels)
        throw new RangeError(`photo ${index} has ${image.channels} channels, there is room for ${channels}`);
      place.channels = image.channels;
      await writeAt(file, image.data, place.position);
    },
    readPixel(index, pixel, out) {
      const image = resident[index];
      if (image) return copyPixel(image, pixel, out);
      const place = places[index]!;
      out[3] = 255;
      readAt(file!, out, place.channels, place.position + pixel * place.channels);
    },
    read(index) {
      const place = places[index];
      if (!place || !reader) return resident[index]!;
      const { channels, position } = place;
      const size = photoSizes[index]!;
      return { ...size, channels, data: reader.read(position, size.width * size.height * channels) };
    },
    readAhead(index) {
      const place = places[index];
      const { width, height } = sizes[index]!;
      if (place) reader?.readAhead(place.position, width * height * place.channels);
    },
    dispose() {
      resident.length = 0;
      file?.close();
    },
  };
}

/** Reads whole photos, into one of two buffers in turn: while one is in use the other may be filled. */
function createReader({ descriptor }: ScratchFile, bytes: number) {
  let [front, back] = [new Uint8Array(bytes), new Uint8Array(bytes)];
  /** What `back` holds, or will once it is read: undefined if nothing, or if reading failed. */
  let ahead: { readonly position: number; done: boolean } | undefined;
  return {
    read(position: number, length: number): Uint8Array {
      if (ahead?.position === position && ahead.done) {
        [front, back] = [back, front];
        ahead = undefined;
      } else readAt({ descriptor }, front, length, position);
      return front.subarray(0, length);
    },
    readAhead(position: number, length: number): void {
      // The buffer belongs to a read that is under way until that has ended.
      if (ahead && (!ahead.done || ahead.position === position)) return;
      const begun = { position, done: false };
      ahead = begun;
      read(descriptor, back, 0, length, position, (error, bytesRead) => {
        if (error || bytesRead < length) ahead = undefined;
        else begun.done = true;
      });
    },
  };
}

function readAt(
  { descriptor }: Pick<ScratchFile, 'descriptor'>,
  out: Uint8Array,
  length: number,
  position: number,
): void {
  for (let done = 0; done < length; ) {
    const bytes = readSync(descriptor, out, done, length - done, position + done);
    if (bytes === 0) throw new Error('the temporary file of decoded photos has become shorter');
    done += bytes;
  }
}

async function writeAt({ descriptor, folder }: ScratchFile, data: Uint8Array, position: number) {
  for (let done = 0; done < data.length; ) {
    const rest = data.length - done;
    const { bytesWritten } = await writeFully(descriptor, data, done, rest, position + done).catch(
      (error: NodeJS.ErrnoException) => {
        throw new DataError(
          `${folder}: the temporary file of decoded photos cannot be written (${error.code}). Make room, name another folder (TMPDIR), or make photos smaller (data.downscale).`,
          folder,
          { cause: error },
        );
      },
    );
    done += bytesWritten;
  }
}
