/**
 * The frame of a record in TensorBoard's event files (TFRecord): length, checksum of the length, data, checksum of the
 * data; checksums are CRC-32C, rotated and offset ("masked").
 */
import { createCrc32c } from './crc32c.ts';

/** @returns a function that frames one record */
export function createRecordFramer(): (data: Uint8Array) => Uint8Array {
  const crc32c = createCrc32c();
  const masked = (bytes: Uint8Array): number => {
    const checksum = crc32c(bytes);
    return (((checksum >>> 15) | (checksum << 17)) + 0xa282ead8) >>> 0;
  };
  return (data) => {
    const record = new Uint8Array(data.length + 16);
    const view = new DataView(record.buffer);
    view.setBigUint64(0, BigInt(data.length), true);
    view.setUint32(8, masked(record.subarray(0, 8)), true);
    record.set(data, 12);
    view.setUint32(data.length + 12, masked(data), true);
    return record;
  };
}
