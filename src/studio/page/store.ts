/** What the page knows of the run, as signals: the server's messages go in, panels draw what they read. */
import { type Signal, signal } from '@preact/signals';
import type { HelloMessage, LogLine, RenderJob, ServerMessage, StatusMessage } from '../protocol.ts';
import type { ConnectionState } from './connection.ts';
import { ScalarBoard } from './curves/scalarBoard.ts';

/** Something to tell the visitor, until it is put away. */
export interface Notice {
  readonly id: number;
  readonly text: string;
  readonly isBad: boolean;
}

/** A picture that an evaluation made while the page was open. */
export interface FreshPicture {
  readonly tag: string;
  readonly step: number;
  readonly url: string;
}

export interface Store {
  readonly connection: Signal<ConnectionState>;
  /** The server wants its token first. */
  readonly needsToken: Signal<boolean>;
  readonly hello: Signal<HelloMessage | undefined>;
  readonly status: Signal<StatusMessage | undefined>;
  /** Why the run cannot be shown. */
  readonly unavailable: Signal<string | undefined>;
  readonly ended: Signal<{ readonly status: string; readonly error?: string } | undefined>;
  readonly log: Signal<readonly LogLine[]>;
  readonly renders: Signal<readonly RenderJob[]>;
  readonly pictures: Signal<readonly FreshPicture[]>;
  readonly notices: Signal<readonly Notice[]>;
  readonly scalars: ScalarBoard;
}

/** Lines of the log, and pictures, that are kept. */
const keptLines = 500;
const keptPictures = 400;

export function createStore(): Store {
  return {
    connection: signal<ConnectionState>('connecting'),
    needsToken: signal(false),
    hello: signal<HelloMessage | undefined>(undefined),
    status: signal<StatusMessage | undefined>(undefined),
    unavailable: signal<string | undefined>(undefined),
    ended: signal<{ status: string; error?: string } | undefined>(undefined),
    log: signal<readonly LogLine[]>([]),
    renders: signal<readonly RenderJob[]>([]),
    pictures: signal<readonly FreshPicture[]>([]),
    notices: signal<readonly Notice[]>([]),
    scalars: new ScalarBoard(),
  };
}

/** Another run is shown: what was known of the one before goes. */
export function clearStore(store: Store): void {
  store.hello.value = store.status.value = store.ended.value = store.unavailable.value = undefined;
  store.log.value = store.renders.value = store.pictures.value = [];
  store.scalars.begin();
  store.scalars.setHistory({});
}

/** Puts a message where panels read it. */
export function receive(store: Store, message: ServerMessage): void {
  switch (message.type) {
    case 'hello':
      store.hello.value = message;
      store.unavailable.value = undefined;
      break;
    case 'unavailable':
      store.unavailable.value = message.error;
      break;
    case 'status':
      store.status.value = message;
      break;
    case 'scalars':
      store.scalars.add(message.rows);
      break;
    case 'forget':
      store.scalars.forget(message.step);
      store.pictures.value = store.pictures.value.filter(({ step }) => step <= message.step);
      break;
    case 'evaluated':
      store.pictures.value = [...store.pictures.value, message].slice(-keptPictures);
      break;
    case 'log':
      store.log.value = [...store.log.value, ...message.lines].slice(-keptLines);
      break;
    case 'renders':
      store.renders.value = message.jobs;
      break;
    case 'ended':
      store.ended.value = message;
      break;
    case 'refused':
      notify(store, message.error, true);
      break;
  }
}

/** Tells the visitor something; the same words are told once. */
export function notify(store: Store, text: string, isBad = false): void {
  const others = store.notices.value.filter((notice) => notice.text !== text);
  const id = Math.max(0, ...store.notices.value.map((notice) => notice.id)) + 1;
  store.notices.value = [...others, { id, text, isBad }].slice(-4);
}

export function dismiss(store: Store, id: number): void {
  store.notices.value = store.notices.value.filter((notice) => notice.id !== id);
}
