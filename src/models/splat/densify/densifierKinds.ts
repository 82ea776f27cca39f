/** The strategies of densification that a config can name as `model.densify.kind`. A further one is a file beside this one and an entry here. */
import type { z } from 'zod';
import { choiceSchema } from '../../../kinds.ts';
import { budgetDensifier } from './budgetDensifier.ts';
import { classicDensifier } from './classicDensifier.ts';
import type { Densifier, DensifierKind, DensifierSetting } from './densifier.ts';
import { mcmcDensifier } from './mcmcDensifier.ts';

/** The first is taken where none is named. */
const densifierKinds = [budgetDensifier, mcmcDensifier, classicDensifier] as const;

export const densifierSchema = choiceSchema(densifierKinds);

/** The strategy that a config chooses, at work. */
export function createDensifier(
  { kind, ...settings }: z.output<typeof densifierSchema>,
  setting: DensifierSetting,
): Densifier {
  const chosen: DensifierKind = densifierKinds.find((one) => one.kind === kind)!;
  return chosen.create(settings, setting);
}
