/** Masks in a run: an object that moves through half of the photos, painted over, takes nothing from what is learnt of the rest. */
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { expect, it } from 'vitest';
import { createTrainer } from '../../../machines/createTrainer.ts';
import { loadConfig } from '../../../src/config/loadConfig.ts';
import { writeDemoScene } from '../../../src/data/demo/writeDemoScene.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';

const steps = 300;
/** Pixels of a photo's side, and of the object's: it hides a twenty-fifth of a photo, and much of the scene in it. */
const [side, object] = [200, 40];

interface Transforms {
  frames: { file_path: string; mask_path?: string }[];
}

/** Every other photo of `clean` with a square before the scene, which moves from photo to photo, and masks for it. */
async function paintOver(clean: string, folder: string): Promise<void> {
  await cp(clean, folder, { recursive: true });
  const file = join(folder, 'transforms_train.json');
  const transforms = JSON.parse(await readFile(file, 'utf8')) as Transforms;
  for (const [index, frame] of transforms.frames.entries()) {
    if (index % 2 === 1) continue;
    const place = { left: 40 + ((index * 23) % 60), top: 45 + ((index * 17) % 50) };
    const square = (background: string) =>
      sharp({ create: { width: object, height: object, channels: 3, background } })
        .png()
        .toBuffer();
    const path = join(folder, `${frame.file_path}.png`);
    const painted = sharp(await readFile(path)).composite([{ input: await square('#f0f'), ...place }]);
    await writeFile(path, await painted.png().toBuffer());
    frame.mask_path = `mask_${index}.png`;
    const mask = sharp({ create: { width: side, height: side, channels: 3, background: 'white' } });
    await mask.composite([{ input: await square('black'), ...place }]).toFile(join(folder, frame.mask_path));
  }
  await writeFile(file, JSON.stringify(transforms));
}

/** The PSNR of the held-out photos, which nothing hides. */
async function heldOutPsnr(data: string): Promise<number> {
  const config = await loadConfig('demo', {
    data: { path: data, downscale: 2 },
    engine: 'simd',
    threads: 1,
    model: { horizonSteps: steps, maxSplats: 3000 },
    trainer: { maxSteps: steps },
    evaluate: { batchEverySteps: 0, imageEverySteps: 0, allImagesEverySteps: 0 },
    sinks: [],
  } as never);
  return (await createTrainer(config, { runDir: join(temporaryFolder(), 'run') }).done).eval!.psnr;
}

it('[DA8] masked photos teach as much as clean ones: within 0.2 dB; without masks they do not', {
  timeout: 300_000,
}, async () => {
  const root = temporaryFolder();
  const [clean, masked, unmasked] = ['clean', 'masked', 'unmasked'].map((name) => join(root, name)) as [
    string,
    string,
    string,
  ];
  await writeDemoScene(clean);
  await paintOver(clean, masked);
  await cp(masked, unmasked, { recursive: true });
  const file = join(unmasked, 'transforms_train.json');
  await writeFile(file, (await readFile(file, 'utf8')).replaceAll('"mask_path"', '"was_masked_by"'));
  const psnr = await heldOutPsnr(clean);

  expect(psnr).toBeGreaterThan(24);
  expect(await heldOutPsnr(masked)).toBeGreaterThan(psnr - 0.2);
  expect(await heldOutPsnr(unmasked)).toBeLessThan(psnr - 1);
});
