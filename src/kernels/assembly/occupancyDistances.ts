// How far empty space reaches: lets rays leave it in one go (a Chebyshev distance transform in two sweeps, Borgefors 1986).

const FARTHEST: i32 = 255;

/**
 * distances[block] = 0 for an occupied block, else the number of steps to the nearest occupied one, diagonal steps included; 255 at most.
 * @param coarseBits [side]^3 bits; @param distances [side]^3 bytes, out
 */
export function occupancyDistances(coarseBits: usize, distances: usize, side: i32): void {
  const blocks = side * side * side;
  for (let block = 0; block < blocks; block++)
    store<u8>(distances + <usize>block, (load<u8>(coarseBits + (<usize>block >> 3)) >> <u8>(block & 7)) & 1 ? 0 : <u8>FARTHEST);
  for (let block = 0; block < blocks; block++) relax(distances, side, block, -1);
  for (let block = blocks - 1; block >= 0; block--) relax(distances, side, block, 1);
}

/** Lowers a block's distance by its 13 neighbours that the sweep (backwards: 1) has visited. */
function relax(distances: usize, side: i32, block: i32, direction: i32): void {
  const x = block % side, y = (block / side) % side, z = block / (side * side);
  let nearest = <i32>load<u8>(distances + <usize>block);
  for (let neighbour = 0; neighbour < 13; neighbour++) {
    // The first 13 of 27 offsets, in the order of the sweep.
    const nx = x - direction * (neighbour % 3 - 1), ny = y - direction * ((neighbour / 3) % 3 - 1), nz = z - direction * (neighbour / 9 - 1);
    if (nx < 0 || ny < 0 || nz < 0 || nx >= side || ny >= side || nz >= side) continue;
    nearest = min(nearest, <i32>load<u8>(distances + <usize>((nz * side + ny) * side + nx)) + 1);
  }
  store<u8>(distances + <usize>block, <u8>nearest);
}
