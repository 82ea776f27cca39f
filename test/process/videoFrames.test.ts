/** Frames of a video: which are taken, and with the real ffmpeg (skipped, by name, where there is none) that they are those. */
import { execFileSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { extractFrames, sharpest, sharpnessOf } from '../../src/process/videoFrames.ts';
import { temporaryFolder } from '../support/temporaryFolder.ts';

describe('sharpest', () => {
  it('takes the best of each interval, and no more than there are', () => {
    expect(sharpest([1, 3, 2, 9, 8, 7], 2)).toEqual([1, 3]);
    expect(sharpest([5, 4], 3)).toEqual([0, 1]);
  });
});

describe('sharpnessOf', () => {
  it('is the variance of the Laplacian', () => {
    // 4 x 3: the Laplacian of the two inner pixels is 4 * 10 - 0 = 40 and 0 - 10 = -10.
    const gray = Uint8Array.from([0, 0, 0, 0, 0, 10, 0, 0, 0, 0, 0, 0]);
    expect(sharpnessOf(gray, 4, 3)).toBe((40 ** 2 + 10 ** 2) / 2 - 15 ** 2);
    expect(sharpnessOf(new Uint8Array(12).fill(7), 4, 3)).toBe(0);
  });
});

function hasFfmpeg(): boolean {
  try {
    execFileSync('ffmpeg', ['-version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe.skipIf(!hasFfmpeg())('extractFrames, with ffmpeg', () => {
  const never = new AbortController().signal;

  it('[PR7] takes the sharpest frame of each interval', async () => {
    const folder = temporaryFolder();
    // 24 pictures of growing brightness; of each six, one is sharp and the others are blurred.
    const sharpOnes = [2, 9, 13, 22];
    for (let frame = 0; frame < 24; frame++) {
      const level = 40 + 8 * frame;
      const stripes = Uint8Array.from({ length: 320 * 240 }, (_, k) => level - (Math.floor(k / 8) % 2) * 30);
      const picture = sharp(stripes, { raw: { width: 320, height: 240, channels: 1 } });
      await (sharpOnes.includes(frame) ? picture : picture.blur(6))
        .png()
        .toFile(join(folder, `in-${frame + 10}.png`));
    }
    const video = join(folder, 'video.mp4');
    const input = ['-framerate', '8', '-start_number', '10', '-i', join(folder, 'in-%d.png')];
    execFileSync('ffmpeg', ['-v', 'error', ...input, '-c:v', 'mpeg4', '-q:v', '1', '-g', '1', video]);

    const images = join(folder, 'images');
    await extractFrames({ video, images, frames: 4, signal: never, onProgress() {} });
    const names = readdirSync(images).sort();
    expect(names).toEqual(['frame-0001.jpg', 'frame-0002.jpg', 'frame-0003.jpg', 'frame-0004.jpg']);
    for (const [index, name] of names.entries()) {
      const { channels } = await sharp(join(images, name)).greyscale().stats();
      // The mean of the stripes, 15 below their level.
      expect(Math.abs(channels[0]!.mean - (25 + 8 * sharpOnes[index]!))).toBeLessThan(4);
    }
  });

  it('[PR4] says that a file is no video', async () => {
    const folder = temporaryFolder();
    const video = join(folder, 'broken.mp4');
    writeFileSync(video, 'no video');
    await expect(
      extractFrames({ video, images: join(folder, 'images'), frames: 4, signal: never, onProgress() {} }),
    ).rejects.toThrow(/broken\.mp4: is no video that ffmpeg reads/);
  });
});
