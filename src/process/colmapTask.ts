/** What COLMAP is asked to do, in words that suit both the command `colmap` and the package pycolmap. */

/** Features of photos that share a way of getting their camera. */
export interface FeatureGroup {
  /** A text file with the photos' names below the images' folder, one a line. */
  readonly list: string;
  readonly cameraModel: string;
  /** The lens where it is known, in the order of COLMAP's model; else COLMAP starts from the EXIF focal length. */
  readonly parameters?: readonly number[];
  /** One new camera for all, one new camera for each photo, or the number of a camera that is there. */
  readonly camera: 'shared' | 'each' | number;
}

/** How pairs of photos are found that are worth comparing. */
export type Matcher =
  /** All pairs, in blocks of so many photos. */
  | { readonly how: 'exhaustive'; readonly blockSize: number }
  /** Neighbours in the order of the names: the next 10, and those 16, 32, ... further. */
  | { readonly how: 'sequential' }
  /** The photos that look most alike, by a vocabulary made of the photos' own features. */
  | {
      readonly how: 'retrieval';
      readonly vocabulary: string;
      readonly words: number;
      readonly alike: number;
    };

/** Paths are absolute; folders of results exist. */
export type ColmapTask = { readonly database: string; readonly images: string } & (
  | { readonly kind: 'features'; readonly groups: readonly FeatureGroup[] }
  | ({ readonly kind: 'match' } & Matcher)
  | {
      readonly kind: 'map';
      readonly output: string;
      /** Where to keep what is placed so far, after every so many photos. */
      readonly snapshots: string;
      readonly snapshotEvery: number;
      /** Of what the mapper draws at random, where the version lets one choose: photos are placed as they were the last time, but for what its threads do in another order. */
      readonly seed: number;
      /** A model to go on from. */
      readonly from?: string;
    }
  | { readonly kind: 'triangulate'; readonly input: string; readonly output: string }
  /** Bundle adjustment, in which wrong matches count little where the version can do so. */
  | { readonly kind: 'adjust'; readonly input: string; readonly output: string }
);

/** A process to start. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  /** Added to the environment. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** A COLMAP that is installed. */
export interface Colmap {
  readonly kind: 'colmap' | 'pycolmap';
  readonly version: string;
  /** The command, or the interpreter of the package. */
  readonly file: string;
  /** The processes that do a task, one after the other. */
  commandsFor(task: ColmapTask): Promise<readonly Command[]>;
}
