/** The control socket with real sockets and files: protocol, permissions, long paths, leftovers. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { BehaviorSubject } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { checkCommand, type TrainerCommand } from '../../machines/commands.ts';
import type { TrainerStatus } from '../../machines/trainer.ts';
import { sendControl } from '../../src/cli/controlClient.ts';
import { controlCommands } from '../../src/cli/controlCommands.ts';
import { maxRequestBytes } from '../../src/cli/controlProtocol.ts';
import { type ControlServer, startControlServer } from '../../src/cli/controlServer.ts';
import { claimSocketPlace, findSocket } from '../../src/cli/controlSocketPath.ts';
import { RunFolderError } from '../../src/errors.ts';

const status = (changes: Partial<TrainerStatus>): TrainerStatus => ({
  state: 'training',
  step: 7,
  maxSteps: 100,
  trainSeconds: 1.5,
  metrics: { 'train/loss': 0.25 },
  learningRates: { encoding: 0.02 },
  ...changes,
});

let runDir: string;
let server: ControlServer | undefined;
let status$: BehaviorSubject<TrainerStatus>;
let sent: TrainerCommand[];

async function start(folder = runDir): Promise<ControlServer> {
  const perform = async (command: TrainerCommand) => {
    checkCommand(command, { groups: ['encoding'] });
    sent.push(command);
  };
  server = await startControlServer(folder, controlCommands({ status$, perform }));
  return server;
}

beforeEach(async () => {
  runDir = await mkdtemp(path.join(tmpdir(), 'control-'));
  status$ = new BehaviorSubject<TrainerStatus>(status({}));
  sent = [];
});
afterEach(async () => {
  status$.complete();
  await server?.close();
  server = undefined;
  await rm(runDir, { recursive: true, force: true });
});

/** Lets the request travel through the socket. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 2));
}

/** Writes raw bytes to the socket and reads the answer. */
function raw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path.join(runDir, 'control.sock'), () => socket.write(text));
    let received = '';
    socket.on('data', (chunk) => {
      received += String(chunk);
    });
    socket.on('close', () => resolve(received));
    socket.on('error', reject);
  });
}

/** A process that listens there and is killed with SIGKILL: its socket stays. */
async function killedListener(place: string): Promise<void> {
  const script = `require('net').createServer().listen(process.argv[1], () => console.log('listening'))`;
  const child = spawn(process.execPath, ['-e', script, place], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  child.kill('SIGKILL');
  await once(child, 'exit');
}

describe('control socket', () => {
  it('may be opened by its owner only, and is gone after the run', async () => {
    await start();
    const file = path.join(runDir, 'control.sock');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await server?.close();
    server = undefined;
    expect(await readdir(runDir)).toEqual([]);
  });

  it('status answers with the run at a glance, non-finite numbers as text', async () => {
    status$.next(
      status({ metrics: { 'train/loss': Number.NaN }, checkpoint: 'checkpoints/step-000000005.ckpt' }),
    );
    await start();
    const response = await sendControl(runDir, { type: 'status' }, 5000);
    expect(response).toEqual({
      ok: true,
      status: {
        state: 'training',
        step: 7,
        maxSteps: 100,
        trainSeconds: 1.5,
        metrics: { 'train/loss': 'NaN' },
        learningRates: { encoding: 0.02 },
        checkpoint: 'checkpoints/step-000000005.ckpt',
      },
    });
    expect(sent).toEqual([]);
  });

  it('pause answers only once the run is paused', async () => {
    await start();
    let answered = false;
    const answer = sendControl(runDir, { type: 'trainer.pause' }, 5000).finally(() => {
      answered = true;
    });
    await until(() => sent.length === 1);
    expect(sent).toEqual([{ type: 'trainer.pause' }]);
    status$.next(status({ step: 8 }));
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(answered).toBe(false);
    status$.next(status({ state: 'paused', step: 8 }));
    expect(await answer).toMatchObject({ ok: true, status: { state: 'paused', step: 8 } });
  });

  it('step waits for the step after which the run is paused again', async () => {
    status$.next(status({ state: 'paused' }));
    await start();
    const answer = sendControl(runDir, { type: 'trainer.stepOnce' }, 5000);
    await until(() => sent.length === 1);
    status$.next(status({ state: 'training' }));
    status$.next(status({ state: 'paused', step: 8 }));
    expect(await answer).toMatchObject({ status: { step: 8 } });
  });

  it('checkpoint waits for a checkpoint of this step or a later one', async () => {
    status$.next(status({ checkpoint: 'checkpoints/step-000000006.ckpt' }));
    await start();
    const answer = sendControl(runDir, { type: 'trainer.checkpoint' }, 5000);
    await until(() => sent.length === 1);
    status$.next(status({ step: 9, checkpoint: 'checkpoints/step-000000006.ckpt' }));
    status$.next(status({ step: 10, checkpoint: 'checkpoints/step-000000008.ckpt' }));
    expect(await answer).toMatchObject({ status: { checkpoint: 'checkpoints/step-000000008.ckpt' } });
  });

  it('set checks the group and passes the factor on', async () => {
    await start();
    const request = { type: 'trainer.setLearningRate', factor: 0.5 } as const;
    expect(await sendControl(runDir, { ...request, group: 'nets' }, 5000)).toEqual({
      ok: false,
      error: 'there is no parameter group nets; groups: encoding',
    });
    expect(await sendControl(runDir, { ...request, group: 'encoding' }, 5000)).toMatchObject({ ok: true });
    expect(sent).toEqual([{ type: 'trainer.setLearningRate', group: 'encoding', factor: 0.5 }]);
  });

  it('a run that ends answers who still waits', async () => {
    await start();
    const answer = sendControl(runDir, { type: 'trainer.pause' }, 5000);
    await until(() => sent.length === 1);
    status$.next(status({ state: 'completed' }));
    status$.complete();
    expect(await answer).toEqual({ ok: false, error: 'the run ended before the command took effect' });
  });

  it('gives up after the timeout', async () => {
    await start();
    await expect(sendControl(runDir, { type: 'trainer.pause' }, 50)).rejects.toThrow(
      'did not confirm it within 0.05 s',
    );
  });

  it('answers nonsense without harm', async () => {
    await start();
    for (const text of [
      '\n',
      '{}\n',
      '{"type":"trainer.exec"}\n',
      '{"type":"step.completed","step":1}\n',
      '{"type":"trainer.pause","extra":1}\n',
      '{"type":"trainer.evaluate"}\n',
      '[1]\n',
    ])
      expect(JSON.parse(await raw(text))).toMatchObject({ ok: false });
    expect(await raw('x'.repeat(maxRequestBytes + 1))).toContain(`${maxRequestBytes} bytes at most`);
    expect(sent).toEqual([]);
    expect(await sendControl(runDir, { type: 'status' }, 5000)).toMatchObject({ ok: true });
  });

  it('uses a short private path when the one in the run folder is too long for a socket', async () => {
    const deep = path.join(runDir, 'x'.repeat(60), 'y'.repeat(60));
    await mkdir(deep, { recursive: true });
    const { path: place } = await start(deep);
    expect(Buffer.byteLength(place)).toBeLessThanOrEqual(107);
    expect((await stat(path.dirname(place))).mode & 0o777).toBe(0o700);
    expect(await readFile(path.join(deep, 'control.path'), 'utf8')).toBe(place);
    expect(await sendControl(deep, { type: 'status' }, 5000)).toMatchObject({ ok: true });
    await server?.close();
    server = undefined;
    expect(await readdir(deep)).toEqual([]);
    await expect(stat(path.dirname(place))).rejects.toThrow('ENOENT');
  });

  it.each([
    ['in the run folder', []],
    ['in a short private path', ['x'.repeat(60), 'y'.repeat(60)]],
  ])('replaces a socket %s that a run left behind when it was killed', async (_, below) => {
    const folder = path.join(runDir, ...below);
    await mkdir(folder, { recursive: true });
    const { path: dead } = await claimSocketPlace(folder);
    await killedListener(dead);
    expect((await stat(dead)).isSocket()).toBe(true);
    await expect(sendControl(folder, { type: 'status' }, 5000)).rejects.toBeInstanceOf(RunFolderError);
    await start(folder);
    expect(await sendControl(folder, { type: 'status' }, 5000)).toMatchObject({ ok: true });
    await server?.close();
    server = undefined;
    expect(await readdir(folder)).toEqual([]);
    await expect(stat(dead)).rejects.toThrow('ENOENT');
  });

  it('leaves nothing behind when it cannot listen', async () => {
    const deep = path.join(runDir, 'x'.repeat(60), 'y'.repeat(60));
    const temporary = path.join(runDir, 'z'.repeat(60), 't'.repeat(60));
    await mkdir(deep, { recursive: true });
    await mkdir(temporary, { recursive: true });
    // Where even the system's temporary folder has a long name, no path is short enough.
    vi.stubEnv('TMPDIR', temporary);
    await expect(start(deep)).rejects.toThrow();
    vi.unstubAllEnvs();
    expect(await readdir(temporary)).toEqual([]);
    expect(await readdir(deep)).toEqual([]);
  });

  it('keeps to the limits of each system: 107 bytes, 103 on macOS, a named pipe on Windows', async () => {
    // The path of the socket in it is 105 bytes long.
    const folder = path.join(
      runDir,
      'f'.repeat(105 - Buffer.byteLength(path.join(runDir, '/control.sock')) - 1),
    );
    await mkdir(folder);
    const direct = path.join(folder, 'control.sock');
    expect(Buffer.byteLength(direct)).toBe(105);
    expect((await claimSocketPlace(folder, 'linux')).path).toBe(direct);
    const onMac = await claimSocketPlace(folder, 'darwin');
    expect(onMac.path).not.toBe(direct);
    expect(await findSocket(folder, 'darwin')).toBe(onMac.path);
    await onMac.clear();
    const onWindows = await claimSocketPlace(folder, 'win32');
    expect(onWindows.path).toMatch(/^\\\\\.\\pipe\\nerfstream-[0-9a-f]{32}$/);
    expect(await findSocket(`${folder}/`, 'win32')).toBe(onWindows.path);
    expect(await findSocket(runDir, 'win32')).not.toBe(onWindows.path);
    expect(await readdir(folder)).toEqual([]);
  });

  it('says so when no run is running', async () => {
    await expect(sendControl(runDir, { type: 'status' }, 5000)).rejects.toThrow(/^no run is running in/);
  });
});
