/**
 * What TensorBoard's HParams table is made of: a session's settings when it begins, and how it ended
 * (tensorboard/plugins/hparams/plugin_data.proto, version 0). Its metrics are the scalars of the same folder.
 */

import type { FlatSetting } from './flatSettings.ts';
import { BinaryWriter, WireType } from './protobufWire.ts';
import type { TensorboardValue } from './tensorboardEvent.ts';

/** @param time seconds since the epoch */
export function sessionStart(
  time: number,
  settings: Readonly<Record<string, FlatSetting>>,
): TensorboardValue {
  const writer = begin(3); // session_start_info
  for (const [name, value] of Object.entries(settings)) {
    writer.tag(1, WireType.LengthDelimited).fork(); // hparams: a map
    writer.tag(1, WireType.LengthDelimited).string(name); // key
    writer.tag(2, WireType.LengthDelimited).fork(); // value: google.protobuf.Value
    if (typeof value === 'number') writer.tag(2, WireType.Bit64).double(value);
    else if (typeof value === 'string') writer.tag(3, WireType.LengthDelimited).string(value);
    else writer.tag(4, WireType.Varint).bool(value);
    writer.join().join();
  }
  writer.tag(5, WireType.Bit64).double(time).join(); // start_time_secs
  return hparams('_hparams_/session_start_info', writer);
}

/** @param time seconds since the epoch */
export function sessionEnd(time: number, success: boolean): TensorboardValue {
  const writer = begin(4) // session_end_info
    .tag(1, WireType.Varint) // status
    .int32(success ? 1 : 2)
    .tag(2, WireType.Bit64) // end_time_secs
    .double(time)
    .join();
  return hparams('_hparams_/session_end_info', writer);
}

/** A message of version 0 (which is not written out), with one field begun. */
function begin(field: number): BinaryWriter {
  return new BinaryWriter().tag(field, WireType.LengthDelimited).fork();
}

function hparams(tag: string, writer: BinaryWriter): TensorboardValue {
  return { kind: 'plugin', tag, plugin: 'hparams', content: writer.finish() };
}
