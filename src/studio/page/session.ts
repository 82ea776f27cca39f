/** What goes on over the connection: greeting, history, looks and their pictures. */
import type { Signal } from '@preact/signals';
import { api, type HelloMessage, type Picture, protocolVersion, type ScalarHistory } from '../protocol.ts';
import { Connection } from './connection.ts';
import type { DeepLink } from './deepLink.ts';
import { requestJson, UnauthorizedError } from './requestJson.ts';
import { notify, receive, type Store } from './store.ts';
import { Looker } from './view/looker.ts';
import { resetView, standAt, type ViewState } from './view/viewState.ts';

/** What is shown. */
export interface Shown {
  readonly store: Store;
  readonly view: ViewState;
  /** Name of the run that is shown, once it is known. */
  readonly run: Signal<string | undefined>;
  /** Who draws the pictures that come; resolves when one is drawn. */
  readonly drawPicture: Signal<((picture: Picture) => Promise<void>) | undefined>;
}

/**
 * Makes the connection, which the caller opens.
 * @param link where the camera begins, in the run that it names
 */
export function createSession(
  shown: Shown,
  link: DeepLink,
): { readonly connection: Connection; readonly looker: Looker } {
  const { store, view, run, drawPicture } = shown;
  /** This connection has had its first `hello`. */
  let isGreeted = false;
  /** The run in whose scene the camera stands. */
  let placedIn: string | undefined;

  const connection = new Connection({
    url() {
      const name = run.value === undefined ? '' : `?run=${encodeURIComponent(run.value)}`;
      return `${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/socket${name}`;
    },
    onState(state) {
      if (state === 'open') {
        isGreeted = false;
        store.scalars.begin();
        store.needsToken.value = false;
      }
      if (state === 'lost') void askWhetherLetIn(shown);
      store.connection.value = state;
    },
    onMessage(message) {
      receive(store, message);
      if (message.type === 'hello') greet(message);
      if (message.type !== 'lookFailed') return;
      looker.answered(message.serial);
      notify(store, message.error, true);
    },
    onPicture: (picture) => void show(picture),
  });
  const looker = new Looker((look) => !document.hidden && connection.send(look));
  // Nobody sees the picture of a hidden page: the training need not make it.
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) connection.send({ type: 'unlook' });
    else looker.restart();
  });

  function greet({ version, run: { name }, scene, outputs }: HelloMessage): void {
    if (version !== protocolVersion) location.reload();
    run.value = name;
    if (!outputs.includes(view.output.value)) view.output.value = outputs[0] ?? 'rgb';
    if (scene && placedIn !== name) {
      placedIn = name;
      resetView(view);
      const { camera } = link.run === undefined || link.run === name ? link : {};
      if (camera) standAt(view, camera.pose, camera.fieldOfView);
    }
    if (isGreeted) return;
    isGreeted = true;
    void readHistory(shown, name);
    looker.restart();
  }

  async function show(picture: Picture): Promise<void> {
    looker.answered(picture.serial);
    await drawPicture.value?.(picture).catch((error: Error) => notify(store, error.message, true));
    connection.send({ type: 'shown' });
  }

  return { connection, looker };
}

async function readHistory({ store, run }: Shown, name: string): Promise<void> {
  const history = await requestJson<ScalarHistory>(api.scalars(name)).catch((error: Error) => {
    notify(store, `The curves so far cannot be read: ${error.message}`, true);
    return {};
  });
  if (run.value === name) store.scalars.setHistory(history);
}

/** A browser does not say why a socket was refused; an answer to a plain request does. */
async function askWhetherLetIn({ store }: Shown): Promise<void> {
  await requestJson(api.runs).catch((error: unknown) => {
    store.needsToken.value = error instanceof UnauthorizedError;
  });
}
