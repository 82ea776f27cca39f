/** Groups by the first part of a tag, in this order; all else behind. */
const order = ['train', 'eval', 'learning_rate', 'gradient_norm', 'time'];

/** Tags by the part before their first slash; those of single pictures apart. */
export function groupsOf(tags: readonly string[]): Map<string, string[]> {
  const rank = (group: string) => (order.includes(group) ? order.indexOf(group) : order.length);
  const groups = new Map<string, string[]>();
  for (const tag of tags) {
    const group = tag.startsWith('eval/images/') ? 'eval/images' : (tag.split('/')[0] ?? tag);
    groups.set(group, [...(groups.get(group) ?? []), tag]);
  }
  return new Map([...groups].sort(([a], [b]) => rank(a) - rank(b) || a.localeCompare(b)));
}
