/**
 * Kinds: whatever a configuration can name (models, dataparsers, ...) is a value in a list, `{ kind, schema, ... }`. The
 * configuration's schema, what is made from it and the errors all come from that list.
 */
import { z } from 'zod';

/** What schemas are written with. A module of the user takes it from here, so that it is the same as ours. */
export { z };

/** A choice with its settings. */
export interface Kind<Name extends string = string, Schema extends z.ZodObject = z.ZodObject> {
  /** What the configuration calls it. */
  readonly kind: Name;
  /** Its settings beside `kind`: each with a default and, by `describe`, a sentence with its unit. */
  readonly schema: Schema;
}

/** All that one place of a configuration can name. */
export interface KindList<K extends Kind = Kind> {
  /** In a word; modules of users export theirs by this name. */
  readonly name: string;
  /** Functions that each of them has. */
  readonly functions: readonly string[];
  /** What makes one that is well typed, for errors. */
  readonly madeBy: string;
  readonly kinds: readonly K[];
}

type KindSchema<K extends Kind> = z.ZodObject<
  { readonly kind: z.ZodLiteral<K['kind']> } & K['schema']['shape'],
  z.core.$strict
>;
type KindSchemas<Kinds extends readonly Kind[]> = {
  readonly [Index in keyof Kinds]: KindSchema<Kinds[Index]>;
};

/** A section that names a module of the user instead of a kind; the module's own schema checks what stands beside it. */
export interface ModuleSection {
  readonly module: string;
  readonly kind?: undefined;
  readonly [setting: string]: unknown;
}

/** A value of the user's and the path of the module that exports it. */
export interface ModuleKind extends Kind {
  readonly module: string;
}

/**
 * The schema of a section that chooses one of a list (`{ kind: NAME, ...settings }`) or a module of the user
 * (`{ module: PATH, ...settings }`).
 * @param own what the module exports, once it is loaded: its settings are checked as those of the kinds then
 */
export function sectionSchema<const Kinds extends readonly Kind[]>(
  { name, kinds }: { readonly name: string; readonly kinds: Kinds },
  own?: ModuleKind,
): z.ZodUnion<readonly [...KindSchemas<Kinds>, z.ZodType<ModuleSection, ModuleSection>]> {
  const path = `Path of a JavaScript module, relative to the config file; its export \`${name}\` is used.`;
  const ofModule = own
    ? tagged(own.schema, { module: z.literal(own.module).describe(path) })
    : z
        .looseObject({ module: z.string().describe(path) })
        .describe(`A ${name} of your own: the path of its module, and its settings beside it.`);
  const ofKinds = kinds.map(({ kind, schema }) => tagged(schema, { kind: kindLiteral(kind, schema) }));
  return z.union([...ofKinds, ofModule]) as never;
}

/** The schema of a section that chooses one of a list, the first where it names none: `{ kind: NAME, ...settings }`. */
export function choiceSchema<const Kinds extends readonly [Kind, ...Kind[]]>(
  kinds: Kinds,
): z.ZodUnion<KindSchemas<Kinds>> {
  const [{ kind: first }] = kinds;
  const options = kinds.map(({ kind, schema }) =>
    tagged(schema, {
      kind: kind === first ? kindLiteral(kind, schema).default(kind) : kindLiteral(kind, schema),
    }),
  );
  return z.union(options) as never;
}

function kindLiteral(kind: string, { description }: z.ZodObject): z.ZodLiteral<string> {
  const literal = z.literal(kind);
  return description ? literal.describe(description) : literal;
}

/** The settings with what names them in front; rules between settings stay. */
function tagged(schema: z.ZodObject, tag: z.ZodRawShape): z.ZodObject {
  const { checks = [] } = schema._zod.def;
  const all = z.strictObject({ ...tag, ...schema.shape });
  const checked =
    checks.length > 0 ? all.check(...(checks as z.core.$ZodCheck<Record<string, unknown>>[])) : all;
  return schema.description === undefined ? checked : checked.describe(schema.description);
}
