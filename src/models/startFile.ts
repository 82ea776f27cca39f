/** Files of other programs that training can begin with: the model itself reads them when it is made. */

/** @returns whether that is such a file, by its name (`.ply`, of splats), and not weights that a model takes over once it is made */
export function isStartFile(file: string): boolean {
  return file.toLowerCase().endsWith('.ply');
}
