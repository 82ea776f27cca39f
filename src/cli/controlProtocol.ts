/**
 * What `nerfstream ctl` and a running run say to each other: JSON, one object a line, over a socket that only the run's
 * owner may open. A connection carries one request and its answer. The requests are the commands of `machines/commands.ts`, and `status`.
 */
import { z } from 'zod';
import { commandOfEvent, type TrainerCommand } from '../../machines/commands.ts';
import { runStatus } from '../../machines/runStatus.ts';
import { ConfigError } from '../errors.ts';

/** A request that is longer than this ends the connection. */
export const maxRequestBytes = 65_536;
/** Answers may hold images: this is 8192 x 8192 pixels of depth. */
export const maxAnswerBytes = 384 * 2 ** 20;

export type ControlRequest = { readonly type: 'status' } | TrainerCommand;

/** The answer: the run after the command took effect, with what the command answers, or why it did not. */
export const controlResponse = z.discriminatedUnion('ok', [
  z.object({ ok: z.literal(true), status: runStatus, answer: z.unknown().optional() }),
  z.object({ ok: z.literal(false), error: z.string() }),
]);
export type ControlResponse = z.output<typeof controlResponse>;

/** Reads a request. @throws ConfigError that says what is wrong with it */
export function parseRequest(line: string): ControlRequest {
  const request = parseJson(line);
  if (typeof request !== 'object' || request === null)
    throw new ConfigError('not a request that this version understands');
  if ('type' in request && request.type === 'status') return { type: 'status' };
  return commandOfEvent(request);
}

const encodedArray = z.strictObject({ array: z.enum(['Uint8Array', 'Float32Array']), base64: z.string() });

/** One line of JSON; the arrays of an image go as base64, in the byte order of this machine, which no socket leaves. */
export function encodeLine(message: ControlRequest | ControlResponse): string {
  const text = JSON.stringify(message, (_, value: unknown) => {
    if (!(value instanceof Uint8Array || value instanceof Float32Array)) return value;
    const base64 = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
    return { array: value instanceof Uint8Array ? 'Uint8Array' : 'Float32Array', base64 };
  });
  return `${text}\n`;
}

/** @throws SyntaxError, ZodError for what is no answer */
export function decodeResponse(line: string): ControlResponse {
  const message: unknown = JSON.parse(line, (_, value: unknown) => {
    const encoded = encodedArray.safeParse(value).data;
    if (!encoded) return value;
    const bytes = Uint8Array.from(Buffer.from(encoded.base64, 'base64'));
    return encoded.array === 'Uint8Array' ? bytes : new Float32Array(bytes.buffer);
  });
  return controlResponse.parse(message);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
