/** Writes COLMAP's files, from its description of them (colmap.github.io/format.html): the readers' counterpart. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface ColmapFixture {
  readonly cameras: readonly {
    readonly id: number;
    readonly model: string;
    readonly number: number;
    readonly size: readonly [number, number];
    readonly parameters: readonly number[];
  }[];
  readonly images: readonly {
    readonly id: number;
    readonly name: string;
    readonly camera: number;
    readonly rotation: readonly [number, number, number, number];
    readonly translation: readonly [number, number, number];
    /** x, y, point */
    readonly observations?: readonly (readonly [number, number, number])[];
  }[];
  readonly points: readonly {
    readonly id: number;
    readonly position: readonly [number, number, number];
    readonly color: readonly [number, number, number];
    /** image, observation */
    readonly track?: readonly (readonly [number, number])[];
  }[];
}

type Piece = readonly ['i32' | 'u8' | 'f64' | 'u64' | 'text', number | string];

function packed(pieces: readonly Piece[]): Buffer {
  return Buffer.concat(
    pieces.map(([type, value]) => {
      if (type === 'text') return Buffer.from(`${value}\0`, 'utf8');
      const bytes = Buffer.alloc({ i32: 4, u8: 1, f64: 8, u64: 8 }[type]);
      if (type === 'i32') bytes.writeInt32LE(value as number);
      else if (type === 'u8') bytes.writeUInt8(value as number);
      else if (type === 'f64') bytes.writeDoubleLE(value as number);
      else bytes.writeBigUInt64LE(BigInt(value));
      return bytes;
    }),
  );
}

const doubles = (values: readonly number[]): Piece[] => values.map((value) => ['f64', value]);

/** The three binary files by name. */
export function colmapBinary({ cameras, images, points }: ColmapFixture): Readonly<Record<string, Buffer>> {
  return {
    'cameras.bin': packed([
      ['u64', cameras.length],
      ...cameras.flatMap(({ id, number, size, parameters }): Piece[] => [
        ['i32', id],
        ['i32', number],
        ['u64', size[0]],
        ['u64', size[1]],
        ...doubles(parameters),
      ]),
    ]),
    'images.bin': packed([
      ['u64', images.length],
      ...images.flatMap(({ id, name, camera, rotation, translation, observations = [] }): Piece[] => [
        ['i32', id],
        ...doubles([...rotation, ...translation]),
        ['i32', camera],
        ['text', name],
        ['u64', observations.length],
        ...observations.flatMap(([x, y, point]): Piece[] => [...doubles([x, y]), ['u64', point]]),
      ]),
    ]),
    'points3D.bin': packed([
      ['u64', points.length],
      ...points.flatMap(({ id, position, color, track = [] }): Piece[] => [
        ['u64', id],
        ...doubles(position),
        ...color.map((channel): Piece => ['u8', channel]),
        ['f64', 0.5],
        ['u64', track.length],
        ...track.flatMap(([image, observation]): Piece[] => [
          ['i32', image],
          ['i32', observation],
        ]),
      ]),
    ]),
  };
}

/** The three text files by name. */
export function colmapText({ cameras, images, points }: ColmapFixture): Readonly<Record<string, string>> {
  const file = (...lines: string[]) => `${['# A comment of COLMAP', ...lines].join('\n')}\n`;
  return {
    'cameras.txt': file(
      ...cameras.map(({ id, model, size, parameters }) => [id, model, ...size, ...parameters].join(' ')),
    ),
    'images.txt': file(
      ...images.flatMap(({ id, rotation, translation, camera, name, observations = [] }) => [
        [id, ...rotation, ...translation, camera, name].join(' '),
        observations.flat().join(' '),
      ]),
    ),
    'points3D.txt': file(
      ...points.map(({ id, position, color, track = [] }) =>
        [id, ...position, ...color, 0.5, ...track.flat()].join(' '),
      ),
    ),
  };
}

export function writeFiles(folder: string, files: Readonly<Record<string, string | Buffer>>): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
}

/** `count` photos in a row that look along the world's +z, one camera of 8 x 6 pixels, three points. */
export function rowOfPhotos(count: number): ColmapFixture {
  const images = Array.from({ length: count }, (_, index) => ({
    id: index + 1,
    name: `${String(index).padStart(2, '0')}.png`,
    camera: 1,
    rotation: [1, 0, 0, 0] as const,
    translation: [0 - index, 0, 0] as const,
    observations: index % 2 === 0 ? [] : ([[1.5, 2.5, 7]] as const),
  }));
  return {
    cameras: [{ id: 1, model: 'PINHOLE', number: 1, size: [8, 6], parameters: [10, 11, 4, 3] }],
    images,
    points: [
      { id: 7, position: [0, 0, 5], color: [255, 0, 10], track: [[2, 0]] },
      { id: 9, position: [1, -2, 6], color: [1, 2, 3] },
      { id: 12, position: [0.5, 0.25, 4], color: [200, 100, 50] },
    ],
  };
}
