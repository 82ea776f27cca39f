/** The studio's server as pages see it: a real server, real connections, and a run that is really trained. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import path from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Trainer } from '../../machines/trainer.ts';
import { controlCommands } from '../../src/cli/controlCommands.ts';
import type { RenderedImage, RenderRequest } from '../../src/pipeline/pipeline.ts';
import { createRooms, type OpenedRooms } from '../../src/studio/createRooms.ts';
import { createLiveRun } from '../../src/studio/liveRun.ts';
import type { ServerMessage } from '../../src/studio/protocol.ts';
import { type Studio, type StudioOptions, startStudio } from '../../src/studio/startStudio.ts';
import { cpuEngine } from '../support/cpuBackend.ts';
import { eventually } from '../support/eventually.ts';
import { type LinePipeline, linePipeline } from '../support/linePipeline.ts';
import { type VisitOptions, visit } from '../support/studioVisit.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { trainerConfig } from '../support/trainerConfig.ts';
import { inState, startRun, undisturbedValues } from '../support/trainerRuns.ts';

const camera = { cameraToWorld: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0], width: 16, height: 8, fx: 8, fy: 8 };
const look = (serial: number) => ({ type: 'look', serial, camera, outputs: ['rgb'] });
const command = (id: number, type: string, rest: object = {}) => ({
  ...{ type: 'request', id },
  request: { type: `trainer.${type}`, ...rest },
});

/** Every pixel is as bright as there are steps committed. @param asked takes what is rendered */
function shiningPipeline(asked: RenderRequest[]): LinePipeline {
  const pipeline = linePipeline();
  function* render(request: RenderRequest): Generator<number, RenderedImage> {
    asked.push(request);
    const {
      camera: { width, height },
      outputs,
    } = request;
    const data = new Uint8Array(width * height * 3).fill(pipeline.calls.commits.length);
    return {
      width,
      height,
      outputs: Object.fromEntries(outputs.map((name) => [name, { channels: 3, data }])),
    };
  }
  return Object.assign(pipeline, { render });
}

interface Stage {
  readonly trainer: Trainer;
  readonly pipeline: LinePipeline;
  readonly studio: Studio;
  readonly rooms: OpenedRooms;
  readonly url: string;
  /** What was rendered. */
  readonly asked: readonly RenderRequest[];
}

const stages: Stage[] = [];
let folder: string;
beforeAll(cpuEngine);
beforeEach(async () => {
  folder = await temporaryFolder();
});
afterEach(async () => {
  for (const { trainer, studio, rooms } of stages.splice(0)) {
    trainer.stop();
    await trainer.done;
    await rooms.close();
    await studio.close();
  }
});

async function start(options: Partial<StudioOptions> = {}, trainerSettings: object = {}): Promise<Stage> {
  const settings = { trainer: { maxSteps: 100_000, startPaused: true, ...trainerSettings } };
  const asked: RenderRequest[] = [];
  const pipeline = shiningPipeline(asked);
  const { trainer } = await startRun(settings, { pipeline });
  const live = createLiveRun(path.join(folder, 'line'), trainerConfig(settings));
  live.connect({ ...trainer.viewer, handle: controlCommands(trainer), sinkReports: () => [] });
  live.show({ scene: { train: [], eval: [] }, outputs: ['rgb'] });
  trainer.viewer.pictures$.subscribe((picture) => live.picture(picture));
  trainer.metrics$.subscribe((event) => live.metrics([event]));
  const { readOnly = false } = options;
  const rooms = createRooms({ folder, live: live.run, readOnly });
  const studio = await startStudio(rooms, { ...options, readOnly });
  const stage = { trainer, pipeline, studio, rooms, asked, url: studio.url.replace(/\/(#.*)?$/, '') };
  stages.push(stage);
  return stage;
}

async function open(url: string, options?: VisitOptions) {
  const page = await visit(url, options);
  /** The first message of a kind, or one that comes. */
  const message = <T extends ServerMessage['type']>(
    type: T,
    is: (message: never) => boolean = () => true,
  ): Promise<Extract<ServerMessage, { type: T }>> =>
    eventually(() => {
      const found = page.messages.find((one) => one.type === type && is(one as never));
      if (!found) throw new Error(`no ${type}`);
      return found as never;
    });
  return { ...page, message };
}

describe('[SU2] a page', () => {
  it('is told what the run is and how it stands, and steers it', async () => {
    const { url, trainer } = await start();
    const page = await open(url);
    const hello = await page.message('hello');
    expect(hello).toMatchObject({ run: { name: 'line', mode: 'live' }, readOnly: false, outputs: ['rgb'] });
    expect(hello.groups).toEqual(['line', 'shift']);
    await page.message('status', ({ state }: { state: string }) => state === 'paused');

    page.send(command(1, 'stepOnce'));
    expect(await page.message('response')).toMatchObject({ id: 1, ok: true });
    expect((await inState(trainer, 'paused')).step).toBe(1);
    await page.message('status', ({ step }: { step: number }) => step === 1);

    page.send(command(2, 'setLearningRate', { group: 'line', factor: 0.5 }));
    page.send(command(3, 'setLearningRate', { group: 'nobody', factor: 0.5 }));
    expect(await page.message('response', ({ id }: { id: number }) => id === 3)).toMatchObject({
      ok: false,
      error: expect.stringContaining('there is no parameter group nobody'),
    });
    page.send(command(4, 'evaluate', { scope: 'all' }));
    await page.message('response', ({ id }: { id: number }) => id === 4);
    const { url: picture } = await page.message('evaluated');
    const png = await fetch(url + picture);
    expect([png.status, png.headers.get('content-type')]).toEqual([200, 'image/png']);

    page.send(command(5, 'stop'));
    expect((await trainer.done).status).toBe('stopped');
  });

  it('sees the picture of what it looks at, of the step that the run is at', async () => {
    const { url, trainer } = await start();
    const page = await open(url);
    page.send(look(7));
    await eventually(() => expect(page.pictures.at(-1)).toMatchObject({ serial: 7, step: 0, isSharp: true }));
    trainer.stepOnce();
    await eventually(() =>
      expect(page.pictures.at(-1)).toMatchObject({ serial: 7, step: 1, width: 16, height: 8 }),
    );
    expect([...page.pictures.at(-1)!.jpeg.subarray(0, 2)]).toEqual([0xff, 0xd8]);
  });

  it('sees what is in its crop box alone, over its background', async () => {
    const { url, asked } = await start();
    const page = await open(url);
    const crop = [1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 4, -1];
    page.send({ ...look(1), crop, background: [0, 0.5, 1] });
    await eventually(() => expect(page.pictures.length).toBeGreaterThan(0));
    expect(asked.at(-1)).toMatchObject({ crop, background: [0, 0.5, 1] });
    page.send({ ...look(2), crop: [1, 2, 3] });
    expect(await page.message('refused')).toMatchObject({ error: 'crop must be 12 numbers' });
  });

  it('receives scalars as they come, and the newest of those before', async () => {
    const { url, trainer } = await start();
    trainer.stepOnce();
    await inState(trainer, 'paused');
    const page = await open(url);
    const { rows } = await page.message('scalars', ({ rows }: { rows: unknown[] }) => rows.length > 0);
    expect(rows).toContainEqual(['train/loss', 1, expect.any(Number), expect.any(Number)]);
    trainer.stepOnce();
    await page.message('scalars', ({ rows }: { rows: unknown[][] }) => rows.some(([, step]) => step === 2));
  });

  it('that does not say that pictures arrive gets two of them', async () => {
    const { url, trainer } = await start({}, { startPaused: false });
    const page = await open(url, { isSlow: true });
    for (let serial = 1; serial <= 30; serial++) {
      page.send(look(serial));
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    trainer.pause();
    await inState(trainer, 'paused');
    expect(page.pictures).toHaveLength(2);
  });

  it('chooses the share of time, and all are told', async () => {
    const { url } = await start();
    const [page, other] = await Promise.all([open(url), open(url)]);
    page.send({ type: 'share', value: 0.25 });
    await other.message('status', ({ viewing }: { viewing: { share: number } }) => viewing.share === 0.25);
  });

  it('of a read-only studio looks, and changes nothing', async () => {
    const { url, trainer } = await start({ readOnly: true });
    const page = await open(url);
    expect(await page.message('hello')).toMatchObject({ readOnly: true, commands: [] });
    page.send(command(1, 'stepOnce'));
    page.send({ type: 'share', value: 0.9 });
    page.send(look(1));
    expect(await page.message('response')).toMatchObject({ ok: false, error: 'the studio is read-only' });
    await page.message('refused');
    await eventually(() => expect(page.pictures).not.toHaveLength(0));
    const job = await fetch(`${url}/api/runs/line/renders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    expect(job.status).toBe(403);
    expect((await inState(trainer, 'paused')).step).toBe(0);
  });
});

it('[TR33] a run that pages fly through, pause and step ends with the bits of one that nobody saw', async () => {
  const { url, trainer, pipeline } = await start({}, { maxSteps: 300, startPaused: false });
  const pages = await Promise.all([open(url), open(url)]);
  let serial = 0;
  const flying = setInterval(() => {
    for (const page of pages) page.send(look(++serial));
  }, 5);
  pages[0]!.send(command(1, 'pause'));
  await pages[0]!.message('response');
  pages[1]!.send(command(2, 'stepOnce'));
  await pages[1]!.message('response');
  await eventually(() => expect(pages[0]!.pictures.length).toBeGreaterThan(3));
  pages[0]!.send(command(3, 'resume'));
  await trainer.done;
  clearInterval(flying);
  expect(pipeline.values()).toEqual(await undisturbedValues({ trainer: { maxSteps: 300 } }));
});

it('[SU2] a page is told in whole sentences why a run cannot be shown, whatever its name, and the studio goes on', async () => {
  const name = '霧の中の庭園'.repeat(10);
  mkdirSync(path.join(folder, name));
  writeFileSync(path.join(folder, name, 'config.yaml'), 'method: x\n');
  const { url } = await start();
  for (const [run, code, error] of [
    [name, 1011, /has no checkpoint yet/],
    ['elsewhere', 1008, /no run elsewhere/],
  ] as const) {
    const page = await open(url, { run });
    expect((await page.message('unavailable')).error).toMatch(error);
    expect(await page.closed).toBe(code);
  }
  const page = await open(url);
  await page.message('hello');
});

/** What the server answers to a request with headers that `fetch` would not send. */
function ask(url: string, headers: Record<string, string>, place = '/api/runs'): Promise<number> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    request({ hostname, port, path: place, headers, setHost: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on('error', reject)
      .end();
  });
}

describe('[SU3] who is not meant', () => {
  it('a site that calls itself this machine (DNS rebinding) is refused', async () => {
    const { url } = await start();
    const { host } = new URL(url);
    expect(await ask(url, { host })).toBe(200);
    expect(await ask(url, { host: 'localhost:1' })).toBe(200);
    expect(await ask(url, { host: 'evil.example' })).toBe(403);
    expect(await ask(url, { host: 'evil.example:80@127.0.0.1' })).toBe(403);
    await expect(open(url, { headers: { host: 'evil.example' } })).rejects.toThrow('403');
  });

  it('a page of another site is refused, also by WebSocket', async () => {
    const { url } = await start();
    const { host } = new URL(url);
    expect(await ask(url, { host, origin: 'http://evil.example' })).toBe(403);
    expect(await ask(url, { host, origin: 'null' })).toBe(403);
    await expect(open(url, { origin: 'http://evil.example' })).rejects.toThrow('403');
    const text = await fetch(`${url}/api/runs/line/renders`, { method: 'POST', body: '{}' });
    expect(text.status).toBe(415);
  });

  it('without the token nothing but the page is answered; with it a cookie is given that opens all', async () => {
    const { url, studio } = await start({ host: '0.0.0.0' });
    const local = url.replace('0.0.0.0', '127.0.0.1');
    const token = /#token=(.+)$/.exec(studio.url)![1]!;
    expect(token.length).toBeGreaterThanOrEqual(32);
    const session = (given: unknown) =>
      fetch(`${local}/api/session`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(given),
      });
    expect((await fetch(`${local}/api/runs`)).status).toBe(401);
    await expect(open(local)).rejects.toThrow('401');
    // Addresses are found by what their letters mean, however these are written.
    const { host } = new URL(local);
    for (const place of ['/%61pi/runs', '/api%2Fruns', '//api/runs', '/api/runs/', '/%73ocket', '/API/runs'])
      expect([401, 404], place).toContain(await ask(local, { host }, place));
    for (const wrong of [{ token: `${token}x` }, { token: token.slice(1) }, { token: 5 }, {}, null])
      expect((await session(wrong)).status).toBeGreaterThanOrEqual(400);
    const opened = await session({ token });
    const [cookie] = opened.headers.get('set-cookie')!.split(';');
    expect(opened.headers.get('set-cookie')).toContain('HttpOnly; SameSite=Strict');
    expect((await fetch(`${local}/api/runs`, { headers: { cookie: cookie! } })).status).toBe(200);
    const page = await open(local, { headers: { cookie: cookie! } });
    await page.message('hello');
    await expect(open(local, { headers: { cookie: `${cookie}x` } })).rejects.toThrow('401');
  });

  it('every answer says that nothing foreign may run in the page', async () => {
    const { url } = await start();
    const { headers } = await fetch(`${url}/`);
    expect(headers.get('content-security-policy')).toContain("default-src 'self'");
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });

  it.each([
    '/api/runs/..%2f..%2fetc/scalars',
    '/api/runs/%2e%2e/scalars',
    '/api/runs/line/pictures/..%2f..%2fsecret.png',
    '/api/runs/other/pictures/..%2fconfig.yaml',
    '/api/runs/other/pictures/%2fetc%2fpasswd',
    '/api/runs/other/pictures/00000.png%00.txt',
    '/api/runs/line/photos/train/..%2f1',
    '/api/runs/line/renders/..%2f..%2fconfig.yaml/file',
    '/../package.json',
    '/assets/..%2f..%2f..%2fpackage.json',
    '/socket/../../etc/passwd',
  ])('%s leads nowhere', async (place) => {
    mkdirSync(path.join(folder, 'other', 'eval'), { recursive: true });
    writeFileSync(path.join(folder, 'other', 'config.yaml'), 'method: x\n');
    writeFileSync(path.join(folder, 'secret.png'), 'secret');
    const { url } = await start();
    const status = await ask(url, { host: new URL(url).host }, place);
    expect([400, 404]).toContain(status);
  });

  it('malformed, oversized, stale and flooding messages end their connection and harm nobody', async () => {
    const { url, trainer } = await start({}, { startPaused: false });
    const good = await open(url);
    const malformed = await open(url);
    const nonsense = [
      '',
      '{',
      'null',
      '[]',
      '{"type":"look"}',
      '{"type":"share","value":1e999}',
      '{"__proto__":{}}',
    ];
    for (let k = 0; k < 20; k++) malformed.socket.send(nonsense[k % nonsense.length]!);
    expect(await malformed.closed).toBe(1008);
    const oversized = await open(url);
    oversized.socket.send('x'.repeat(100_000));
    expect(await oversized.closed).toBe(1009);
    const flooding = await open(url);
    for (let k = 0; k < 20_000; k++) flooding.send({ type: 'shown' });
    expect(await flooding.closed).toBe(1008);
    const binary = await open(url);
    for (let k = 0; k < 12; k++) binary.socket.send(Buffer.alloc(100, k));
    expect(await binary.closed).toBe(1008);
    good.send(look(1));
    await eventually(() => expect(good.pictures.length).toBeGreaterThan(0));
    const before = (await good.message('status')).step;
    trainer.pause();
    expect((await inState(trainer, 'paused')).step).toBeGreaterThan(before);
  });
});

it('[SU4] a camera path is rendered into a file to download; one that is none is refused', async () => {
  const { url } = await start();
  const post = (body: object) =>
    fetch(`${url}/api/runs/line/renders`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const frame = { camera_to_world: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1], fov: 50 };
  const drawn = { render_width: 32, render_height: 16, fps: 10, camera_path: [frame, frame, frame] };
  expect((await post({ path: drawn, format: 'exe' })).status).toBe(400);
  expect((await post({ path: { ...drawn, camera_path: [] }, format: 'webp' })).status).toBe(400);
  const page = await open(url);
  const job = (await (await post({ path: drawn, format: 'webp' })).json()) as { id: string; frames: number };
  expect(job.frames).toBe(3);
  const { jobs } = await page.message('renders', ({ jobs }: { jobs: { state: string }[] }) =>
    jobs.some(({ state }) => state === 'done'),
  );
  expect(jobs).toMatchObject([{ id: job.id, framesDone: 3 }]);
  const file = await fetch(`${url}/api/runs/line/renders/${job.id}/file`);
  const bytes = Buffer.from(await file.arrayBuffer());
  expect([file.headers.get('content-type'), bytes.subarray(8, 12).toString()]).toEqual([
    'image/webp',
    'WEBP',
  ]);
  expect(file.headers.get('content-disposition')).toMatch(/^attachment; filename="studio-/);
  expect((await fetch(`${url}/api/runs/line/renders/${job.id}`, { method: 'DELETE' })).status).toBe(204);
  expect((await fetch(`${url}/api/runs/line/renders/${job.id}/file`)).status).toBe(404);
});

it('[SU4] a camera path with a crop box is rendered with it', async () => {
  const { url, asked } = await start();
  const frame = { camera_to_world: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1], fov: 50 };
  const crop = { crop_center: [0, 0, 1], crop_scale: [2, 2, 1], crop_bg_color: { r: 255, g: 0, b: 51 } };
  await fetch(`${url}/api/runs/line/renders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      path: { render_width: 32, render_height: 16, crop, camera_path: [frame] },
      format: 'webp',
    }),
  });
  await eventually(() => expect(asked).toHaveLength(1));
  expect(asked[0]).toMatchObject({ background: [1, 0, 0.2] });
  // What lies between z = 0.5 and 1.5
  expect(asked[0]!.crop!.slice(8)).toBeAllClose([0, 0, 2, -2]);
});

it('[SU1] an address that is taken is an error in one line', async () => {
  const { url } = await start();
  const port = Number(new URL(url).port);
  await expect(start({ port })).rejects.toThrow(`the studio cannot listen on 127.0.0.1:${port}`);
  const [second] = stages.splice(1);
  expect(second).toBeUndefined();
});
