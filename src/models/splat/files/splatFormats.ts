/** The files that splats are written as, by the ending of their names. */
import type { SplatValues } from '../splatParameters.ts';

export interface SplatFormat {
  /** What becomes of the numbers, in a few words for people. */
  readonly keeps: string;
  /** @param splats at least one @param file for errors @throws DataError for splats that the format has no place for */
  encode(splats: SplatValues, file: string): Promise<Uint8Array>;
}

/** What writes a format is loaded when it is asked for. */
export const splatFormats: Readonly<Record<string, SplatFormat>> = {
  '.ply': {
    keeps: 'every bit',
    encode: async (splats) => (await import('./splatPly.ts')).encodeSplatPly(splats),
  },
  '.splat': {
    keeps: 'colours, opacities and rotations in 8 bits, no harmonics',
    encode: async (splats) => (await import('./antimatterSplat.ts')).encodeAntimatterSplat(splats),
  },
  '.spz': {
    keeps: 'all in 8 to 24 bits',
    encode: async (splats, file) => (await import('./spz.ts')).encodeSpz(splats, file),
  },
  '.sog': {
    keeps: 'all in 8 to 16 bits',
    encode: async (splats) => (await import('./sog.ts')).encodeSog(splats),
  },
};
