/** Records in the kernels' memory: where the fields of a class of `src/kernels/assembly` lie, for whoever writes or reads them here. */
import type { KernelPool } from './kernelPool.ts';

/** Field types of AssemblyScript; `usize` is an address or a number of bytes. */
export type FieldType = 'i32' | 'u32' | 'usize' | 'f32' | 'f64';

const bytesOf: Readonly<Record<FieldType, number>> = { i32: 4, u32: 4, usize: 4, f32: 4, f64: 8 };

/** Where a record's fields lie. */
export interface Struct<Field extends string = string> {
  readonly types: Readonly<Record<Field, FieldType>>;
  /** Bytes from the record's begin to each field. */
  readonly offsets: Readonly<Record<Field, number>>;
  /** Bytes of a record; the next one of an array begins there. */
  readonly bytes: number;
}

/** One record in memory. */
export interface StructView<Field extends string> {
  get(field: Field): number;
  /** Writes some fields; the others stay. Numbers become integers where the field is one. */
  set(values: Readonly<Partial<Record<Field, number>>>): void;
}

/** @param types fields in the class's order; each begins at the next multiple of its size */
export function struct<Field extends string>(types: Readonly<Record<Field, FieldType>>): Struct<Field> {
  const offsets = {} as Record<Field, number>;
  let end = 0;
  let alignment = 1;
  for (const field in types) {
    const bytes = bytesOf[types[field]];
    offsets[field] = Math.ceil(end / bytes) * bytes;
    end = offsets[field] + bytes;
    alignment = Math.max(alignment, bytes);
  }
  return { types, offsets, bytes: Math.ceil(end / alignment) * alignment };
}

/** A hold on the record at `address`; valid for the pool's life. */
export function structAt<Field extends string>(
  kernels: Pick<KernelPool, 'uint8'>,
  { types, offsets, bytes }: Struct<Field>,
  address: number,
): StructView<Field> {
  const view = new DataView(kernels.uint8(address, bytes).buffer, address, bytes);
  return {
    get: (field) => accessors[types[field]].get(view, offsets[field]),
    set(values) {
      for (const field in values) accessors[types[field]].set(view, offsets[field], values[field]!);
    },
  };
}

/** Lends the kernels a record: calls `run` with its address; it is gone when that returns. */
export function withStruct<Field extends string>(
  kernels: KernelPool,
  layout: Struct<Field>,
  values: Readonly<Record<Field, number>>,
  run: (address: number) => void,
): void {
  const address = kernels.reserve(layout.bytes);
  try {
    structAt(kernels, layout, address).set(values);
    run(address);
  } finally {
    kernels.release(address);
  }
}

/** WebAssembly's memory is little-endian everywhere. */
const accessors = {
  i32: {
    get: (view, at) => view.getInt32(at, true),
    set: (view, at, value) => view.setInt32(at, value, true),
  },
  u32: {
    get: (view, at) => view.getUint32(at, true),
    set: (view, at, value) => view.setUint32(at, value, true),
  },
  usize: {
    get: (view, at) => view.getUint32(at, true),
    set: (view, at, value) => view.setUint32(at, value, true),
  },
  f32: {
    get: (view, at) => view.getFloat32(at, true),
    set: (view, at, value) => view.setFloat32(at, value, true),
  },
  f64: {
    get: (view, at) => view.getFloat64(at, true),
    set: (view, at, value) => view.setFloat64(at, value, true),
  },
} as const satisfies Record<
  FieldType,
  { get(view: DataView, at: number): number; set(view: DataView, at: number, value: number): void }
>;
