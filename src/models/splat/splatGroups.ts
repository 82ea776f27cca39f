/** Names of the groups of splats' parameters, by themselves: configurations are read with them, long before there are tensors. */

/** Names of the groups and of their one parameter. */
export const splatGroups = ['means', 'scales', 'rotations', 'opacities', 'colors', 'harmonics'] as const;
export type SplatGroup = (typeof splatGroups)[number];
