/** A metric event as one line of `metrics.jsonl`. */
import type { MetricEvent } from '../metricEvent.ts';
import { renderPath } from './renderPath.ts';

/**
 * @returns a JSON object and a line feed: kind, tag, step, wallTime, then value, path, edges and counts, text or config.
 * JSON has no NaN and no infinity: they become the strings "NaN", "Infinity", "-Infinity".
 */
export function jsonLine(event: MetricEvent): string {
  const { kind, tag, step, wallTime } = event;
  return `{"kind":"${kind}","tag":${JSON.stringify(tag)},"step":${step},"wallTime":${number(wallTime)},${content(event)}}\n`;
}

function content(event: MetricEvent): string {
  switch (event.kind) {
    case 'scalar':
      return `"value":${number(event.value)}`;
    case 'image':
      return `"path":${JSON.stringify(renderPath(event))}`;
    case 'histogram':
      return `"edges":[${event.edges.map(number).join()}],"counts":[${event.counts.map(number).join()}]`;
    case 'text':
      return `"text":${JSON.stringify(event.text)}`;
    case 'config':
      return `"config":${JSON.stringify(event.config ?? null)}`;
  }
}

function number(value: number): string {
  return Number.isFinite(value) ? `${value}` : `"${value}"`;
}
