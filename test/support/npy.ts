/** Writes matrices as NumPy does: the reader's counterpart. */

/** `np.save`, version 1, of a [rows, columns] matrix. */
export function npyFile(
  rows: readonly (readonly number[])[],
  { type = '<f8', fortran = false, version = 1 } = {},
): Buffer {
  const columns = rows[0]?.length ?? 0;
  const text = `{'descr': '${type}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': (${rows.length}, ${columns}), }`;
  const lengthBytes = version === 1 ? 2 : 4;
  const header = `${text.padEnd(Math.ceil((text.length + 9 + lengthBytes) / 64) * 64 - 9 - lengthBytes)}\n`;
  const length = Buffer.alloc(lengthBytes);
  length.writeUIntLE(header.length, 0, lengthBytes);
  const values = fortran
    ? Array.from({ length: columns }, (_, column) => rows.map((row) => row[column]!)).flat()
    : rows.flat();
  const size = Number(type.slice(2));
  const data = Buffer.alloc(values.length * size);
  values.forEach((value, index) => {
    if (type === '<f4') data.writeFloatLE(value, index * size);
    else if (type === '>f8') data.writeDoubleBE(value, index * size);
    else data.writeDoubleLE(value, index * size);
  });
  return Buffer.concat([
    Buffer.from(`\x93NUMPY${String.fromCharCode(version)}\0`, 'latin1'),
    length,
    Buffer.from(header, 'latin1'),
    data,
  ]);
}
