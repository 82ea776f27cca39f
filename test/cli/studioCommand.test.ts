/** The studio from the command line: printed address, a run that is watched and steered, and the same run afterwards. */
import { cpSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import sharp from 'sharp';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import type { RunEntry, ServerMessage } from '../../src/studio/protocol.ts';
import { eventually } from '../support/eventually.ts';
import { visit } from '../support/studioVisit.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { printedAddress, runCli, startCli } from './runCli.ts';
import { tinySettings, writeTinyScene } from './tinyScene.ts';

let folder: string;
beforeEach(async () => {
  folder = temporaryFolder();
  await writeTinyScene(path.join(folder, 'scene'));
});

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
    ['rgb', 'depth', 'accumulation', 'normals', 'occupancy'],
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

  // [SU11] A run without any evaluation is drawn for the list.
  cpSync(path.join(folder, 'runs', 'seen'), path.join(folder, 'runs', 'bare'), { recursive: true });
  for (const part of ['eval', 'renders', 'summary.json'])
    rmSync(path.join(folder, 'runs', 'bare', part), { recursive: true, force: true });
  const entries = () => fetch(`${shownAt}api/runs`).then((answer) => answer.json()) as Promise<RunEntry[]>;
  const bare = await eventually(async () => {
    const found = (await entries()).find(({ name }) => name === 'bare');
    if (!found) throw new Error('not listed yet');
    return found;
  });
  const checkpoint = `step-${String(picture.step).padStart(9, '0')}.ckpt`;
  expect(bare.thumbnail).toEqual({ version: checkpoint });
  const drawn = await fetch(`${shownAt}api/runs/bare/thumbnail?version=${checkpoint}`);
  expect([drawn.status, drawn.headers.get('content-type')]).toEqual([200, 'image/jpeg']);
  const size = await sharp(Buffer.from(await drawn.arrayBuffer())).metadata();
  expect([size.width, size.height]).toEqual([camera.width, camera.height]);
  expect((await fetch(`${shownAt}api/runs/none/thumbnail`)).status).toBe(404);
  showing.process.kill('SIGINT');
  expect((await showing.result).code).toBe(0);
});

it('[SU7] studio follows a run of another process: newer checkpoints, commands, its end', {
  timeout: 300_000,
}, async () => {
  const settings = [...tinySettings, 'trainer.maxSteps=100000000', 'trainer.startPaused=true'];
  const training = startCli(['train', 'instant-ngp', '--data', 'scene', '--name', 'other', ...settings], {
    cwd: folder,
  });
  const ctl = (...args: string[]) => runCli(['ctl', 'runs/other', ...args], { cwd: folder });
  await eventually(async () => expect((await ctl('status')).code).toBe(0), { timeout: 60_000 });
  const showing = startCli(['studio', 'runs'], { cwd: folder });
  const page = await visit(await printedAddress(showing));
  const hello = (is: (one: Extract<ServerMessage, { type: 'hello' }>) => boolean) =>
    page.wait(() => page.messages.findLast((one) => one.type === 'hello' && is(one)));
  // Nothing is saved: there is nothing to see, but it can be steered.
  const first = await hello(({ run }) => run.mode === 'attached');
  expect(first).toMatchObject({ readOnly: false, commands: expect.arrayContaining(['pause', 'stepOnce']) });
  expect(first).not.toHaveProperty('scene');

  page.send({ type: 'request', id: 1, request: { type: 'trainer.stepOnce' } });
  expect(await page.answer(1)).toMatchObject({ ok: true });
  page.send({ type: 'request', id: 2, request: { type: 'trainer.checkpoint' } });
  expect(await page.answer(2)).toMatchObject({ ok: true });
  const { camera } = (await page.scene()).scene!.train[0]!;
  page.send({ type: 'look', serial: 1, camera, outputs: ['rgb'] });
  await page.wait(() => page.pictures.find(({ step, isSharp }) => step === 1 && isSharp));
  // A status is told at intervals: the picture may be there first.
  const saved = await page.wait(() => {
    const last = page.messages.findLast((one) => one.type === 'status');
    return last?.saved?.step === 1 ? last.saved : undefined;
  });
  expect(saved).toEqual({ step: 1, ageSeconds: expect.any(Number) });

  // The picture follows without another look.
  await ctl('step');
  await ctl('checkpoint');
  await page.wait(() => page.pictures.find(({ step, isSharp }) => step === 2 && isSharp));

  page.send({ type: 'request', id: 3, request: { type: 'trainer.stepOnce' } });
  await page.answer(3);
  await ctl('stop');
  await training.result;
  await hello(({ run }) => run.mode === 'finished');
  await page.wait(() => page.pictures.find(({ step, isSharp }) => step === 3 && isSharp));
  showing.process.kill('SIGINT');
  expect((await showing.result).code).toBe(0);
});

it.each([
  [['train', 'splat', '--data', 'scene', '--studio-port', '80'], 'add --studio'],
  [['train', 'splat', '--data', 'scene', '--studio', '--studio-port', '99999'], 'from 0 to 65535'],
  [['studio', 'nowhere'], 'there is no such folder'],
  [['studio', 'scene'], 'there is no run in it'],
])('[SU1] %j is answered in one line', { timeout: 120_000 }, async (args, said) => {
  const { code, stderr } = await runCli(args, { cwd: folder });
  expect(code).toBe(2);
  expect(stderr).toContain(said);
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
});

it('[SU9] a run is begun from the page: checked at its keys, from photos of one folder alone, in a process of its own', {
  timeout: 300_000,
}, async () => {
  mkdirSync(path.join(folder, 'elsewhere'));
  symlinkSync(path.join(folder, 'elsewhere'), path.join(folder, 'scene', 'out'));
  const settings = [...tinySettings, 'trainer.maxSteps=2'];
  await runCli(['train', 'instant-ngp', '--data', 'scene', '--name', 'first', ...settings], { cwd: folder });
  const showing = startCli(['studio', 'runs', '--data', 'scene'], { cwd: folder });
  const address = await printedAddress(showing);
  const post = async (body: object) => {
    const answer = await fetch(`${address}api/runs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ method: 'instant-ngp', data: '.', name: 'second', ...body }),
    });
    return { status: answer.status, ...((await answer.json()) as { errors?: object[]; name?: string }) };
  };
  const choices = (await (await fetch(`${address}api/new-run`)).json()) as {
    data: string[];
    methods: object[];
  };
  expect(choices.data).toEqual(['.']);
  expect(choices.methods).toContainEqual({
    name: 'splat',
    says: 'Gaussian splats in about 30 seconds on two cores.',
  });

  const set = (key: string, value: string) => ({ settings: [{ key, value }] });
  for (const [body, key, message] of [
    [{ data: '../elsewhere' }, 'data', /no such folder/],
    [{ data: path.join(folder, 'elsewhere') }, 'data', /no such folder/],
    [{ data: 'out' }, 'data', /no such folder/],
    [{ data: '' }, 'data', /say where/],
    [{ method: '../x.yaml' }, 'method', /no method/],
    [{ name: '../third' }, 'name', /name of one folder/],
    [{ name: 'first' }, 'name', /exists already/],
    [set('trainer.maxSteps', '-1'), 'trainer.maxSteps', /trainer.maxSteps/],
    [set('trainer.nothing', '1'), 'trainer.nothing', /cannot be set/],
    [set('model.module', 'x'), 'model.module', /cannot be set/],
    [set('data.path', 'x'), 'data.path', /cannot be set/],
    [set('model', '{module: ./x.mjs}'), 'model', /number or a word/],
    [set('model', './x.mjs'), 'model', /number or a word/],
  ] as const)
    expect(await post(body)).toMatchObject({
      status: 400,
      errors: [{ key, message: expect.stringMatching(message) }],
    });
  expect(readdirSync(path.join(folder, 'runs'))).toEqual(['first']);

  const tiny = tinySettings.map((setting) => setting.split('='));
  const begun = await post({
    settings: [...tiny, ['trainer.maxSteps', '100000000']].map(([key, value]) => ({ key, value })),
  });
  expect(begun).toEqual({ status: 202, name: 'second' });
  // It is nobody's child: should the test fail before it is stopped, nothing else ends it.
  onTestFinished(async () => void (await runCli(['ctl', 'runs/second', 'stop'], { cwd: folder })));
  await eventually(
    async () => {
      const list = (await (await fetch(`${address}api/runs`)).json()) as object[];
      expect(list).toContainEqual(expect.objectContaining({ name: 'second', mode: 'attached' }));
    },
    { timeout: 60_000 },
  );
  // It goes on when the studio has ended.
  showing.process.kill('SIGINT');
  await showing.result;
  expect((await runCli(['ctl', 'runs/second', 'stop'], { cwd: folder })).stdout).toContain('stopping');
  await eventually(() => expect(readdirSync(path.join(folder, 'runs', 'second'))).toContain('summary.json'), {
    timeout: 60_000,
  });

  const looking = startCli(['studio', 'runs', '--read-only'], { cwd: folder });
  const readOnly = await printedAddress(looking);
  expect((await fetch(`${readOnly}api/new-run`)).status).toBe(403);
  looking.process.kill('SIGINT');
  await looking.result;
});
