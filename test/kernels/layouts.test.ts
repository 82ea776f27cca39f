/** The records that kernels and TypeScript share: the compiler's own offsets and types of every class against our description. */
import { readFile } from 'node:fs/promises';
import asc from 'assemblyscript/asc';
import { describe, expect, it } from 'vitest';
import * as layouts from '../../src/kernels/layouts.ts';
import { type FieldType, type Struct, struct } from '../../src/kernels/structs.ts';

/** Class and file of each layout. */
const classes: Readonly<Record<keyof typeof layouts, readonly [name: string, file: string]>> = {
  planLayout: ['Plan', 'plan'],
  unitStateLayout: ['UnitState', 'plan'],
  layerLayout: ['Layer', 'plan'],
  walkerLayout: ['Walker', 'march'],
  ladderLayout: ['Ladder', 'ladder'],
  rayRecordLayout: ['RayRecord', 'shade'],
  walkRequestLayout: ['WalkRequest', 'walkers'],
  levelLayout: ['Level', 'level'],
  mlpCallLayout: ['MlpCall', 'opsMlp'],
  denseLayout: ['Dense', 'opsMlp'],
  matMulPlanLayout: ['MatMulPlan', 'matmul'],
  broadcastLayout: ['Broadcast', 'tensorBinary'],
  walkLayout: ['Walk', 'tensorCopy'],
  splatPlanLayout: ['SplatPlan', 'splatPlan'],
  splatRecordLayout: ['Record', 'splatPlan'],
  splatChunkLayout: ['Chunk', 'splatPlan'],
  sweepPhotoLayout: ['SweepPhoto', 'splatSweep'],
  sweepSampleLayout: ['SweepSample', 'splatSweep'],
};

const folder = 'src/kernels/assembly';
const typeNumbers: readonly FieldType[] = ['i32', 'u32', 'usize', 'f32', 'f64'];

/** A function for each fact that the compiler knows of a class: its size, and offset and type of each field. */
function questions(
  layout: string,
  [name, file]: readonly [string, string],
  fields: readonly string[],
): string {
  const alias = `${name}_`;
  const offset = (field: string) =>
    `export function ${layout}_${field}_offset(): usize { return offsetof<${alias}>("${field}"); }`;
  const type = (field: string) =>
    `export function ${layout}_${field}_type(): i32 { return typeNumber(changetype<${alias}>(0).${field}); }`;
  return [
    `import { ${name} as ${alias} } from './${file}';`,
    `export function ${layout}_bytes(): usize { return offsetof<${alias}>(); }`,
    ...fields.flatMap((field) => [offset(field), type(field)]),
  ].join('\n');
}

/** usize is an unsigned 32-bit integer to the compiler. */
const typeNumber = `
function typeNumber<T>(value: T): i32 {
  if (isFloat<T>()) return sizeof<T>() == 8 ? ${typeNumbers.indexOf('f64')} : ${typeNumbers.indexOf('f32')};
  return sizeof<T>() == 8 ? -1 : isSigned<T>() ? ${typeNumbers.indexOf('i32')} : ${typeNumbers.indexOf('u32')};
}
`;

async function ask(source: string): Promise<Readonly<Record<string, () => number>>> {
  let binary: Uint8Array | undefined;
  const flags = [
    '--runtime',
    'stub',
    '--enable',
    'simd,threads',
    '--use',
    'WIDE=0',
    '--initialMemory',
    '1',
    '--outFile',
    'layouts.wasm',
  ];
  const { error, stderr } = await asc.main([`${folder}/layoutQuestions.ts`, ...flags], {
    readFile: (name) =>
      name === `${folder}/layoutQuestions.ts` ? source : readFile(name, 'utf8').catch(() => null),
    writeFile: (_, contents) => {
      binary = contents as Uint8Array;
    },
    listFiles: () => null,
  });
  if (error) throw new Error(`${error.message}\n${stderr.toString()}`);
  const module = await WebAssembly.compile(binary as Uint8Array<ArrayBuffer>);
  const { exports } = await WebAssembly.instantiate(module, { env: { abort: () => undefined } });
  return exports as unknown as Record<string, () => number>;
}

/** What the compiler says of a layout's class, in the form of ours. */
function answer(answers: Readonly<Record<string, () => number>>, layout: string, ours: Struct): Struct {
  const entries = Object.keys(ours.types).map((field) => {
    const type = typeNumbers[answers[`${layout}_${field}_type`]!()]!;
    const isAddress = type === 'u32' && ours.types[field] === 'usize';
    return [field, isAddress ? 'usize' : type] as const;
  });
  const offsets = Object.keys(ours.types).map((field) => [field, answers[`${layout}_${field}_offset`]!()]);
  return {
    types: Object.fromEntries(entries) as Record<string, FieldType>,
    offsets: Object.fromEntries(offsets) as Record<string, number>,
    bytes: answers[`${layout}_bytes`]!(),
  };
}

describe('layouts', () => {
  it('are those of the kernels: names, types, offsets, sizes', async () => {
    const all = Object.entries(layouts) as [keyof typeof layouts, Struct][];
    const asked = all.map(([layout, { types }]) => questions(layout, classes[layout], Object.keys(types)));
    const answers = await ask([typeNumber, ...asked].join('\n'));
    for (const [layout, ours] of all)
      expect({ [layout]: answer(answers, layout, ours) }).toEqual({ [layout]: ours });
  });
});

describe('struct', () => {
  it('puts each field at the next multiple of its size, and the next record after the largest alignment', () => {
    const { offsets, bytes } = struct({ a: 'i32', b: 'f64', c: 'f32' });
    expect(offsets).toEqual({ a: 0, b: 8, c: 16 });
    expect(bytes).toBe(24);
  });
});
