/** The page's parts put together, and what panels may do with them. */
import { computed, signal } from '@preact/signals';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { TrainerCommand } from '../../../machines/commands.ts';
import { api } from '../protocol.ts';
import { readDeepLink } from './deepLink.ts';
import { requestJson } from './requestJson.ts';
import { createSession, type Shown } from './session.ts';
import { clearStore, createStore, notify } from './store.ts';
import type { Looker } from './view/looker.ts';
import { createViewState } from './view/viewState.ts';

export interface Studio extends Shown {
  readonly looker: Looker;
  /** Gives the run a command, and tells the visitor what became of it. @param done words for when it has taken effect */
  perform(command: TrainerCommand, done?: string): Promise<void>;
  /** The share of time for viewing, 0.05..0.95. */
  setShare(value: number): void;
  openRun(name: string): void;
  /** Lets the page in. @throws Error for a wrong token */
  sendToken(token: string): Promise<void>;
}

/** Begins to show the run that the address names, or the server's own choice. */
export function createStudio(): Studio {
  const link = readDeepLink(location.hash);
  const store = createStore();
  const view = createViewState(computed(() => store.hello.value?.scene));
  const run = signal(link.run);
  const shown: Shown = { store, view, run, drawPicture: signal<Shown['drawPicture']['value']>(undefined) };
  const { connection, looker } = createSession(shown, link);
  const studio: Studio = {
    ...shown,
    looker,
    async perform(command, done) {
      try {
        await connection.request(command);
        if (done) notify(store, done);
      } catch (error) {
        notify(store, (error as Error).message, true);
      }
    },
    setShare: (value) => {
      connection.send({ type: 'share', value });
    },
    openRun(name) {
      if (name === run.value) return;
      clearStore(store);
      view.picture.value = view.snapped.value = view.crop.value = undefined;
      run.value = name;
      connection.open();
    },
    async sendToken(token) {
      await requestJson(api.session, { method: 'POST', body: { token } });
      connection.open();
    },
  };
  if (link.token) studio.sendToken(link.token).catch((error: Error) => notify(store, error.message, true));
  else connection.open();
  return studio;
}

const StudioContext = createContext<Studio | undefined>(undefined);
export const StudioProvider = StudioContext.Provider;

/** The studio that a panel is part of. */
export function useStudio(): Studio {
  const studio = useContext(StudioContext);
  if (!studio) throw new Error('A panel needs a studio around it.');
  return studio;
}
