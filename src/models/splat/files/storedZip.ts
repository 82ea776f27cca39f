/** Files in a zip archive (PKWARE's APPNOTE 6.3), stored as they are: for content that is packed already. */

const [localSignature, centralSignature, endSignature] = [0x04034b50, 0x02014b50, 0x06054b50];
const [localBytes, centralBytes, endBytes] = [30, 46, 22];
/** 1 January 1980, the first that there is: equal files give equal archives. */
const date = 0x21;
/** Features of version 2.0. */
const version = 20;

/** @param files by their names in ASCII, less than 4 GiB in all */
export function storedZip(files: Readonly<Record<string, Uint8Array>>): Uint8Array {
  const entries = Object.entries(files).map(([name, data]) => ({
    name: new TextEncoder().encode(name),
    data,
  }));
  const size = entries.reduce(
    (sum, { name, data }) => sum + localBytes + centralBytes + 2 * name.length + data.length,
    endBytes,
  );
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  const checksums = entries.map(({ data }) => crc32(data));
  const starts: number[] = [];
  let at = 0;
  /** What local and central headers share: version, flags, method, time, date, checksum, both sizes, lengths of name and extra field. */
  const common = (from: number, index: number) => {
    const { name, data } = entries[index]!;
    view.setUint16(from, version, true);
    view.setUint16(from + 8, date, true);
    for (const [k, value] of [checksums[index]!, data.length, data.length].entries())
      view.setUint32(from + 10 + 4 * k, value, true);
    view.setUint16(from + 22, name.length, true);
  };
  entries.forEach(({ name, data }, index) => {
    starts.push(at);
    view.setUint32(at, localSignature, true);
    common(at + 4, index);
    bytes.set(name, at + localBytes);
    bytes.set(data, at + localBytes + name.length);
    at += localBytes + name.length + data.length;
  });
  const directory = at;
  entries.forEach(({ name }, index) => {
    view.setUint32(at, centralSignature, true);
    view.setUint16(at + 4, version, true);
    common(at + 6, index);
    view.setUint32(at + 42, starts[index]!, true);
    bytes.set(name, at + centralBytes);
    at += centralBytes + name.length;
  });
  view.setUint32(at, endSignature, true);
  for (const offset of [8, 10]) view.setUint16(at + offset, entries.length, true);
  view.setUint32(at + 12, at - directory, true);
  view.setUint32(at + 16, directory, true);
  return bytes;
}

/** The checksum of zip archives: CRC-32 with the polynomial 0xedb88320. */
function crc32(data: Uint8Array): number {
  const table = Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
    return value;
  });
  let crc = 0xffffffff;
  for (const byte of data) crc = table[(crc ^ byte) & 255]! ^ (crc >>> 8);
  return ~crc >>> 0;
}
