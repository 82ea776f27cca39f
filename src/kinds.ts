/**
 * Kinds: whatever a configuration can name (models, dataparsers, ...) is a value in a list, `{ kind, schema, ... }`. The
 * configuration's schema, what is made from it and the errors all come from that list.
 */
import { z } from 'zod';

/** A choice with its settings. */
export interface Kind<Name extends string = string, Schema extends z.ZodObject = z.ZodObject> {
  /** What the configuration calls it. */
  readonly kind: Name;
  /** Its settings beside `kind`: each with a default and, by `describe`, a sentence with its unit. */
  readonly schema: Schema;
}

type KindSchema<K extends Kind> = z.ZodObject<
  { readonly kind: z.ZodLiteral<K['kind']> } & K['schema']['shape'],
  z.core.$strict
>;
type KindSchemas<Kinds extends readonly Kind[]> = {
  readonly [Index in keyof Kinds]: KindSchema<Kinds[Index]>;
};

/** A section that names a module of the user instead of a kind; the module's own schema checks what stands beside it. */
const moduleSchema = z.looseObject({ module: z.string() });
export type ModuleSection = z.output<typeof moduleSchema>;

/** A value of the user's and the path of the module that exports it. */
export interface ModuleKind extends Kind {
  readonly module: string;
}

/**
 * The schema of a section that chooses one of `kinds` (`{ kind: NAME, ...settings }`) or a module of the user
 * (`{ module: PATH, ...settings }`).
 * @param what is chosen, in a word: the name that a module exports it by
 * @param own what the module exports, once it is loaded: its settings are checked as those of the kinds then
 */
export function sectionSchema<const Kinds extends readonly Kind[]>(
  kinds: Kinds,
  what: string,
  own?: ModuleKind,
): z.ZodUnion<readonly [...KindSchemas<Kinds>, typeof moduleSchema]> {
  const path = `Path of a JavaScript module, relative to the config file; its export \`${what}\` is used.`;
  const ofModule = own
    ? tagged(own.schema, { module: z.literal(own.module).describe(path) })
    : moduleSchema
        .extend({ module: z.string().describe(path) })
        .describe(`A ${what} of your own: the module's path, beside it the ${what}'s settings.`);
  const ofKinds = kinds.map(({ kind, schema }) => {
    const name = z.literal(kind);
    return tagged(schema, { kind: schema.description ? name.describe(schema.description) : name });
  });
  return z.union([...ofKinds, ofModule]) as never;
}

/** The settings with what names them in front; rules between settings stay. */
function tagged(schema: z.ZodObject, tag: z.ZodRawShape): z.ZodObject {
  const { checks = [] } = schema._zod.def;
  const all = z.strictObject({ ...tag, ...schema.shape });
  const checked =
    checks.length > 0 ? all.check(...(checks as z.core.$ZodCheck<Record<string, unknown>>[])) : all;
  return schema.description === undefined ? checked : checked.describe(schema.description);
}
