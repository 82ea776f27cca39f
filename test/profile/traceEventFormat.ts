/** The rules of the Trace Event Format (the document of Chrome's trace viewer) for the kinds of events that we write. */
import { z } from 'zod';

const place = { cat: z.string(), pid: z.number().int(), tid: z.number().int(), ts: z.number().nonnegative() };

const completeEvent = z.strictObject({
  ph: z.literal('X'),
  name: z.string().min(1),
  ...place,
  /** Microseconds; without it viewers take the event as one that never ended. */
  dur: z.number().nonnegative(),
  args: z.record(z.string(), z.json()).optional(),
});

/** Each argument is a series of numbers. */
const counterEvent = z.strictObject({
  ph: z.literal('C'),
  name: z.string().min(1),
  ...place,
  args: z.record(z.string(), z.number()).refine((args) => Object.keys(args).length > 0),
});

const metadataEvent = z.strictObject({
  ph: z.literal('M'),
  name: z.enum(['process_name', 'thread_name']),
  pid: z.number().int(),
  tid: z.number().int().optional(),
  args: z.strictObject({ name: z.string().min(1) }),
});

/** The JSON object form. */
export const traceFile = z.strictObject({
  displayTimeUnit: z.enum(['ms', 'ns']),
  otherData: z.record(z.string(), z.string()),
  traceEvents: z.array(z.discriminatedUnion('ph', [completeEvent, counterEvent, metadataEvent])),
});
export type TraceFile = z.output<typeof traceFile>;
export type CompleteEvent = z.output<typeof completeEvent>;

/** The complete events, in the file's order. */
export function spansOf({ traceEvents }: TraceFile): CompleteEvent[] {
  return traceEvents.filter((event): event is CompleteEvent => event.ph === 'X');
}

/**
 * Pairs of complete events of one thread that overlap without one lying within the other: viewers draw these wrongly.
 * Half a nanosecond for rounding.
 */
export function misnested(file: TraceFile): [string, string][] {
  const wrong: [string, string][] = [];
  const open = new Map<number, CompleteEvent[]>();
  for (const event of spansOf(file)) {
    const stack = open.get(event.tid) ?? [];
    open.set(event.tid, stack);
    while (stack.length > 0 && endOf(stack.at(-1)!) <= event.ts + 0.0005) stack.pop();
    const parent = stack.at(-1);
    if (parent && endOf(event) > endOf(parent) + 0.0015) wrong.push([parent.name, event.name]);
    stack.push(event);
  }
  return wrong;
}

function endOf({ ts, dur }: CompleteEvent): number {
  return ts + dur;
}
