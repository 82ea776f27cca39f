import { unzipSync } from 'fflate';
import { expect, it } from 'vitest';
import { storedZip } from '../../../../src/models/splat/files/storedZip.ts';

it('a stored zip archive gives its files to another reader, and has the known checksum', () => {
  const files = { 'a.txt': new TextEncoder().encode('123456789'), 'empty.bin': new Uint8Array(0) };
  const archive = storedZip(files);
  expect(unzipSync(archive)).toEqual(files);
  // The check value that the CRC catalogue gives for the digits 1 to 9.
  expect(new DataView(archive.buffer).getUint32(14, true)).toBe(0xcbf43926);
});
