/** Reads the text that Prometheus scrapes. */

/** The value of each gauge by its label `tag`; gauges without one by their name. */
export function prometheusValues(text: string): Map<string, number> {
  const values = new Map<string, number>();
  for (const line of text.split('\n')) {
    const match = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (!match) continue;
    const [, name, labels = '', value] = match;
    values.set(/tag="([^"]*)"/.exec(labels)?.[1] ?? name!, Number(value));
  }
  return values;
}
