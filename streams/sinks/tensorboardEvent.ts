/**
 * TensorBoard's `Event` message, as much of it as metrics need, written field by field with the wire format of the
 * protobuf library (tensorboard/compat/proto: event.proto, summary.proto, tensor.proto). Each field's number stands
 * beside its name.
 */

import type { HistogramEvent } from '../metricEvent.ts';
import { BinaryWriter, WireType } from './protobufWire.ts';

/** One `Summary.Value`. */
export type TensorboardValue =
  | { readonly kind: 'scalar'; readonly tag: string; readonly value: number }
  | { readonly kind: 'text'; readonly tag: string; readonly text: string }
  | Pick<HistogramEvent, 'kind' | 'tag' | 'edges' | 'counts'>
  | {
      readonly kind: 'image';
      readonly tag: string;
      readonly width: number;
      readonly height: number;
      readonly png: Uint8Array;
    }
  | {
      /** Data of a plug-in that lies in the metadata alone. */
      readonly kind: 'plugin';
      readonly tag: string;
      readonly plugin: string;
      readonly content: Uint8Array;
    };

/** The first record of every file. */
export function fileVersionEvent(wallTime: number): Uint8Array {
  return begin(wallTime, 0)
    .tag(3, WireType.LengthDelimited) // file_version
    .string('brain.Event:2')
    .finish();
}

/** Says that the run begins (again) at `step`: readers drop what they have of this step and later ones. */
export function sessionStartEvent(wallTime: number, step: number): Uint8Array {
  return begin(wallTime, step)
    .tag(7, WireType.LengthDelimited) // session_log
    .fork()
    .tag(1, WireType.Varint) // status
    .int32(1) // START
    .join()
    .finish();
}

/** Values of one step and moment. */
export function summaryEvent(
  wallTime: number,
  step: number,
  values: readonly TensorboardValue[],
): Uint8Array {
  const writer = begin(wallTime, step).tag(5, WireType.LengthDelimited).fork(); // summary
  for (const value of values) {
    writer.tag(1, WireType.LengthDelimited).fork(); // value
    writer.tag(1, WireType.LengthDelimited).bytes(encodedTag(value.tag)); // tag
    writeValue(writer, value);
    writer.join();
  }
  return writer.join().finish();
}

const encoder = new TextEncoder();
/** Tags in UTF-8: they are few, and come again with each step. */
const encodedTags = new Map<string, Uint8Array>();
const mostEncodedTags = 10_000;

function encodedTag(tag: string): Uint8Array {
  let bytes = encodedTags.get(tag);
  if (!bytes) {
    bytes = encoder.encode(tag);
    if (encodedTags.size >= mostEncodedTags) encodedTags.clear();
    encodedTags.set(tag, bytes);
  }
  return bytes;
}

function begin(wallTime: number, step: number): BinaryWriter {
  return new BinaryWriter()
    .tag(1, WireType.Bit64) // wall_time
    .double(wallTime)
    .tag(2, WireType.Varint) // step
    .int64(step);
}

function writeValue(writer: BinaryWriter, value: TensorboardValue): void {
  switch (value.kind) {
    case 'scalar':
      writer.tag(2, WireType.Bit32).float(toFloat(value.value)); // simple_value
      break;
    case 'image':
      writer
        .tag(4, WireType.LengthDelimited) // image
        .fork()
        .tag(1, WireType.Varint) // height
        .int32(value.height)
        .tag(2, WireType.Varint) // width
        .int32(value.width)
        .tag(3, WireType.Varint) // colorspace
        .int32(3) // RGB
        .tag(4, WireType.LengthDelimited) // encoded_image_string
        .bytes(value.png)
        .join();
      break;
    case 'histogram':
      writeHistogram(writer, value);
      break;
    case 'text':
      writeTensor(writer, 7, 1); // DT_STRING
      writer.tag(8, WireType.LengthDelimited).string(value.text).join(); // string_val
      writeMetadata(writer, 'text');
      break;
    case 'plugin':
      writeTensor(writer, 1, 0).join(); // DT_FLOAT, nothing in it
      writeMetadata(writer, value.plugin, value.content);
  }
}

/** Beyond the range of float32 there is only infinity. */
function toFloat(value: number): number {
  return Math.fround(value);
}

function writeHistogram(
  writer: BinaryWriter,
  { edges, counts }: Pick<HistogramEvent, 'edges' | 'counts'>,
): void {
  const centres = counts.map((_, index) => (edges[index]! + edges[index + 1]!) / 2);
  const sumOf = (term: (count: number, centre: number) => number): number =>
    counts.reduce((sum, count, index) => sum + term(count, centres[index]!), 0);
  const numbers = [
    edges[0] ?? 0, // min
    edges.at(-1) ?? 0, // max
    sumOf((count) => count), // num
    sumOf((count, centre) => count * centre), // sum
    sumOf((count, centre) => count * centre * centre), // sum_squares
  ];
  writer.tag(5, WireType.LengthDelimited).fork(); // histo
  for (const [index, number] of numbers.entries()) writer.tag(index + 1, WireType.Bit64).double(number);
  writer.tag(6, WireType.LengthDelimited).fork(); // bucket_limit
  for (const edge of edges.slice(1)) writer.double(edge);
  writer.join().tag(7, WireType.LengthDelimited).fork(); // bucket
  for (const count of counts) writer.double(count);
  writer.join().join();
}

/** Begins a tensor of one dimension; the caller writes its values and ends it. */
function writeTensor(writer: BinaryWriter, dtype: number, size: number): BinaryWriter {
  return writer
    .tag(8, WireType.LengthDelimited) // tensor
    .fork()
    .tag(1, WireType.Varint) // dtype
    .int32(dtype)
    .tag(2, WireType.LengthDelimited) // tensor_shape
    .fork()
    .tag(2, WireType.LengthDelimited) // dim
    .fork()
    .tag(1, WireType.Varint) // size
    .int64(size)
    .join()
    .join();
}

function writeMetadata(writer: BinaryWriter, plugin: string, content?: Uint8Array): void {
  writer
    .tag(9, WireType.LengthDelimited) // metadata
    .fork()
    .tag(1, WireType.LengthDelimited) // plugin_data
    .fork()
    .tag(1, WireType.LengthDelimited) // plugin_name
    .string(plugin);
  if (content) writer.tag(2, WireType.LengthDelimited).bytes(content); // content
  writer
    .join()
    .tag(4, WireType.Varint) // data_class
    .int32(2) // TENSOR
    .join();
}
