/** The studio from the command line: printed address, a run that is watched and steered, and the same run afterwards. */
import path from 'node:path';
import { beforeEach, expect, it, vi } from 'vitest';
import WebSocket from 'ws';
import { decodePicture, type Picture, type ServerMessage } from '../../src/studio/protocol.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { printedAddress, runCli, startCli } from './runCli.ts';
import { tinySettings, writeTinyScene } from './tinyScene.ts';

let folder: string;
beforeEach(async () => {
  folder = temporaryFolder();
  await writeTinyScene(path.join(folder, 'scene'));
});

async function visit(address: string) {
  const socket = new WebSocket(`${address.replace('http', 'ws')}socket`, { origin: new URL(address).origin });
  socket.binaryType = 'arraybuffer';
  const messages: ServerMessage[] = [];
  const pictures: Picture[] = [];
  socket.on('message', (data, isBinary) => {
    if (isBinary) {
      pictures.push(decodePicture(data as ArrayBuffer));
      socket.send('{"type":"shown"}');
    } else messages.push(JSON.parse(String(data)) as ServerMessage);
  });
  await new Promise((resolve, reject) => socket.on('open', resolve).on('error', reject));
  const wait = <T>(find: () => T | undefined): Promise<T> =>
    vi.waitFor(
      () => {
        const found = find();
        if (found === undefined) throw new Error('not yet');
        return found;
      },
      { timeout: 60_000, interval: 20 },
    );
  const send = (message: object) => socket.send(JSON.stringify(message));
  const scene = () =>
    wait(() => messages.flatMap((one) => (one.type === 'hello' && one.scene ? [one] : [])).at(-1));
  const answer = (id: number) => wait(() => messages.find((one) => one.type === 'response' && one.id === id));
  return { messages, pictures, wait, send, scene, answer };
}

it('[SU1] train --studio prints its address, shows the run and takes commands; studio shows it afterwards', {
  timeout: 240_000,
}, async () => {
  const settings = [...tinySettings, 'trainer.maxSteps=100000', 'threads=1'];
  const training = startCli(
    ['train', 'instant-ngp', '--data', 'scene', '--name', 'seen', '--studio', ...settings],
    { cwd: folder },
  );
  const address = await printedAddress(training);
  expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
  const page = await visit(address);
  const { scene, outputs } = await page.scene();
  expect([scene?.train.length, scene?.eval.length, outputs]).toEqual([
    6,
    2,
    ['rgb', 'depth', 'accumulation'],
  ]);

  const { camera } = scene!.train[0]!;
  page.send({ type: 'look', serial: 1, camera, outputs: ['rgb', 'depth'] });
  const last = (output: number) => page.pictures.filter((one) => one.output === output && one.isSharp).at(-1);
  const seen = await page.wait(() => last(1));
  expect([seen.width, seen.height, seen.range?.length]).toEqual([camera.width, camera.height, 2]);
  expect(last(0)?.range).toBeUndefined();

  page.send({ type: 'request', id: 1, request: { type: 'trainer.pause' } });
  expect(await page.answer(1)).toMatchObject({ ok: true });
  page.send({ type: 'request', id: 2, request: { type: 'trainer.checkpoint' } });
  expect(await page.answer(2)).toMatchObject({ ok: true });
  const photo = await fetch(`${address}api/runs/seen/photos/eval/1?size=64`);
  expect([photo.status, photo.headers.get('content-type')]).toEqual([200, 'image/jpeg']);
  page.send({ type: 'request', id: 3, request: { type: 'trainer.stop' } });
  const { code, stdout } = await training.result;
  expect([code, stdout]).toEqual([0, expect.stringContaining('stopped at step')]);

  const showing = startCli(['studio', 'runs'], { cwd: folder });
  const shownAt = await printedAddress(showing);
  const later = await visit(shownAt);
  const hello = await later.scene();
  expect(hello).toMatchObject({ run: { name: 'seen', mode: 'finished' }, commands: [], readOnly: true });
  later.send({ type: 'look', serial: 5, camera, outputs: ['depth'] });
  const picture = await later.wait(() => later.pictures.find(({ isSharp }) => isSharp));
  expect(stdout).toContain(`stopped at step ${picture.step} `);
  const listed = (await (await fetch(`${shownAt}api/runs`)).json()) as object[];
  expect(listed).toMatchObject([{ name: 'seen', status: 'stopped', steps: picture.step }]);
  showing.process.kill('SIGINT');
  expect((await showing.result).code).toBe(0);
});

it.each([
  [['train', 'splat', '--data', 'scene', '--studio-port', '80'], 'add --studio'],
  [['train', 'splat', '--data', 'scene', '--studio', '--studio-port', '99999'], 'from 0 to 65535'],
  [['studio', 'nowhere'], 'there is no such folder'],
  [['studio', 'scene'], 'there is no run in it'],
])('[SU1] %j is answered in one line', async (args, said) => {
  const { code, stderr } = await runCli(args, { cwd: folder });
  expect(code).toBe(2);
  expect(stderr).toContain(said);
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
});
