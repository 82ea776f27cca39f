/** A run that somebody watches, pauses and steps in the studio, and the same run without. */
import path from 'node:path';
import { expect, it } from 'vitest';
import { inspectCheckpoint } from '../../src/checkpoint/checkpointFiles.ts';
import { visit } from '../support/studioVisit.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';
import { printedAddress, startCli } from './runCli.ts';
import { tinySettings, writeTinyScene } from './tinyScene.ts';

const steps = 400;
/** Of them, one by one at first. */
const singleSteps = 12;

/** Splats that are added and moved in these steps, so that what is looked at is not the same rows all the time. */
const tinySplats = [
  ...[`model.horizonSteps=${steps}`, 'model.maxSplats=300', 'model.start.points=100', 'model.rowStride=2'],
  ...['model.densify.everySteps=10', 'threads=2'],
];

it.each([
  ['instant-ngp', [...tinySettings, `trainer.maxSteps=${steps}`]],
  ['splat', [...tinySplats, `trainer.maxSteps=${steps}`]],
])(
  '[SU10] a run of %s that a visitor flies through, pauses and steps ends with the bits of one that nobody sees',
  {
    timeout: 240_000,
  },
  async (method, settings) => {
    const folder = temporaryFolder();
    await writeTinyScene(path.join(folder, 'scene'));
    const train = (name: string, ...more: string[]) =>
      startCli(['train', method, '--data', 'scene', '--name', name, ...settings, ...more], { cwd: folder });
    const unseen = train('unseen').result;
    const training = train('seen', '--studio', 'trainer.startPaused=true');
    const page = await visit(await printedAddress(training));
    const { train: cameras } = (await page.scene()).scene!;
    let serial = 0;
    const look = (output: string) => {
      const { camera } = cameras[++serial % cameras.length]!;
      page.send({ type: 'look', serial, camera, outputs: ['rgb', output] });
      return serial;
    };
    let id = 0;
    const command = async (type: string, more: object = {}) => {
      page.send({ type: 'request', id: ++id, request: { type: `trainer.${type}`, ...more } });
      return page.answer(id);
    };
    const sharpOf = (seen: number, step: number) =>
      page.wait(() =>
        page.pictures.find(
          (one) => one.serial === seen && one.step === step && one.output === 1 && one.isSharp,
        ),
      );

    for (let step = 0; step <= singleSteps; step++) {
      // Paused, each view is drawn until it is sharp.
      await sharpOf(look(step % 2 ? 'depth' : 'accumulation'), step);
      if (step < singleSteps) expect(await command('stepOnce')).toMatchObject({ ok: true });
    }
    // Wherever it is a moment later, it is held again, evaluated and saved.
    page.send({ type: 'request', id: 1000, request: { type: 'trainer.resume' } });
    page.send({ type: 'request', id: 1001, request: { type: 'trainer.pause' } });
    expect(await page.answer(1001)).toMatchObject({ ok: true });
    expect(await command('evaluate', { scope: 'all' })).toMatchObject({ ok: true });
    expect(await command('checkpoint')).toMatchObject({ ok: true });
    const held = await page.wait(() =>
      page.messages
        .flatMap((one) => (one.type === 'status' && one.checkpoint !== undefined ? [one.step] : []))
        .at(0),
    );
    page.send({ type: 'share', value: 0.9 });
    const flying = setInterval(() => look('depth'), 10);
    await command('resume');
    const { code } = await training.result;
    clearInterval(flying);
    expect(code).toBe(0);
    // It was looked at while it trained.
    expect(page.pictures.some(({ step }) => step > held && step < steps)).toBe(true);
    expect((await unseen).code).toBe(0);
    const [bits, undisturbed] = await Promise.all(['seen', 'unseen'].map((name) => tensorsOf(folder, name)));
    expect(bits!.length).toBeGreaterThan(5);
    expect(bits).toEqual(undisturbed);
  },
);

/** Names, shapes and checksums of all that the last checkpoint holds: parameters, moments, averages, states. */
async function tensorsOf(folder: string, name: string) {
  const file = `step-${String(steps).padStart(9, '0')}.ckpt`;
  return (await inspectCheckpoint(path.join(folder, 'runs', name, 'checkpoints', file))).tensors;
}
