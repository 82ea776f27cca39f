/** Gives every parameter group the schedule that its config names, and counts its steps. */
import { closest } from 'fastest-levenshtein';
import type { GroupConfig } from '../config/schema.ts';
import { CheckpointError, ConfigError } from '../errors.ts';
import type { NamedArrays, ShapedArray } from '../tensors/namedArrays.ts';
import { createSchedule } from './createSchedule.ts';
import { type Plateau, plateau } from './plateau.ts';
import type { Schedule } from './schedule.ts';
import type { SchedulerConfig } from './schedulerSchema.ts';
import type { Schedulers } from './schedulers.ts';
import { warmup } from './warmup.ts';

interface GroupSchedule {
  count: number;
  factor: number;
  readonly schedule: Schedule;
  readonly plateau?: { readonly metric: string; readonly listener: Plateau };
}

/** What `createSchedulers` needs of a group's config. */
export type GroupScheduleConfig = Pick<GroupConfig, 'optimizer' | 'scheduler'>;

/**
 * One schedule a group.
 * @param custom any function of the count, by group; it replaces the config's schedule.
 * @throws ConfigError for a custom schedule of a group that does not exist
 */
export function createSchedulers(
  config: Readonly<Record<string, GroupScheduleConfig>>,
  custom: Readonly<Record<string, Schedule>> = {},
): Schedulers {
  const groups = new Map<string, GroupSchedule>();
  for (const [group, { optimizer, scheduler }] of Object.entries(config)) {
    const made = custom[group]
      ? { schedule: custom[group] }
      : createGroupSchedule(scheduler, optimizer.learningRate);
    groups.set(group, { count: 0, factor: 1, ...made });
  }
  const groupNamed = (name: string) => {
    const found = groups.get(name);
    if (found) return found;
    const names = [...groups.keys()];
    const hint = names.length > 0 ? `, did you mean ${closest(name, names)}?` : '';
    throw new ConfigError(`there is no parameter group ${name}${hint}`, { path: `groups.${name}` });
  };
  for (const name of Object.keys(custom)) groupNamed(name);

  return {
    learningRate(name) {
      const { schedule, count, factor } = groupNamed(name);
      return schedule(count) * factor;
    },
    step(names, by = 1) {
      for (const name of names) groupNamed(name).count += by;
    },
    setFactor(name, factor) {
      const group = groupNamed(name);
      if (!(factor > 0) || !Number.isFinite(factor))
        throw new ConfigError(`the learning-rate factor of ${name} must be a number > 0, not ${factor}`, {
          path: `learningRate.${name}`,
        });
      group.factor = factor;
    },
    factor: (name) => groupNamed(name).factor,
    observe(tag, value) {
      for (const group of groups.values())
        if (group.plateau?.metric === tag) group.plateau.listener.observe(value);
    },
    state: () => stateOf(groups),
    restore: (state) => restore(groups, state),
  };
}

function createGroupSchedule(
  config: SchedulerConfig,
  initial: number,
): Pick<GroupSchedule, 'schedule' | 'plateau'> {
  if (config.kind === 'warmup') {
    const { schedule, plateau } = createGroupSchedule(config.schedule, initial);
    return { schedule: warmup(config, schedule), ...(plateau && { plateau }) };
  }
  if (config.kind === 'reduceOnPlateau') {
    const listener = plateau(config, initial);
    return { schedule: () => listener.rate(), plateau: { metric: config.metric, listener } };
  }
  return { schedule: createSchedule(config, initial) };
}

function stateOf(groups: ReadonlyMap<string, GroupSchedule>): NamedArrays {
  const state: Record<string, ShapedArray> = {};
  for (const [name, { count, factor, plateau }] of groups) {
    state[`${name}/count`] = { shape: [], data: Float64Array.of(count) };
    state[`${name}/factor`] = { shape: [], data: Float64Array.of(factor) };
    if (plateau) state[`${name}/plateau`] = { shape: [4], data: Float64Array.from(plateau.listener.state()) };
  }
  return state;
}

function restore(groups: ReadonlyMap<string, GroupSchedule>, state: NamedArrays): void {
  const expected = stateOf(groups);
  for (const name of Object.keys(state))
    if (!expected[name])
      throw new CheckpointError(`the checkpoint has scheduler state ${name}, which this run lacks`);
  for (const [name, { data }] of Object.entries(expected))
    if (state[name]?.data.length !== data.length)
      throw new CheckpointError(`the checkpoint lacks scheduler state ${name}, or it has another length`);
  for (const [name, group] of groups) {
    group.count = state[`${name}/count`]?.data[0] as number;
    group.factor = state[`${name}/factor`]?.data[0] as number;
    const remembered = state[`${name}/plateau`];
    if (remembered) group.plateau?.listener.restore(remembered.data);
  }
}
