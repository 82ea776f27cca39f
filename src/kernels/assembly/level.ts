// A level of a hash grid, as the host describes it.

/** One level of a grid; written by src/fields/hashGridLevels.ts. */
@unmanaged
export class Level {
  scale: f32;
  strideY: u32;
  strideZ: u32;
  hashed: i32;
  mask: u32;
  /** Entries before this level. */
  firstEntry: u32;
  entries: u32;
}
