import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { imagesSink } from '../../../streams/sinks/imagesSink.ts';
import { renderPath } from '../../../streams/sinks/renderPath.ts';
import { runSink, scalar, temporaryFolder } from './runSink.ts';

describe('imagesSink', () => {
  it('writes each image as a PNG with the same pixels', async () => {
    const runDir = temporaryFolder();
    const data = Uint8Array.from({ length: 4 * 3 * 3 }, (_, index) => index * 7);
    const image = { width: 4, height: 3, data };
    const report = await runSink(
      imagesSink(),
      [
        { kind: 'image', tag: 'eval/images/0', step: 1000, wallTime: 0, image },
        scalar('train/loss', 1, 1),
        { kind: 'image', tag: 'eval/depth/near', step: 12, wallTime: 0, image },
      ],
      { runDir },
    );
    expect(report).toEqual({ name: 'images', delivered: 3, dropped: 0 });
    expect(readdirSync(join(runDir, 'renders')).sort()).toEqual([
      'step-000000012-eval-depth-near.png',
      'step-000001000-00.png',
    ]);
    const png = readFileSync(join(runDir, 'renders/step-000001000-00.png'));
    const { data: pixels, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
    expect([info.width, info.height, info.channels]).toEqual([4, 3, 3]);
    expect(new Uint8Array(pixels)).toEqual(data);
  });
});

describe('renderPath', () => {
  it('cannot leave the folder of renders', () => {
    expect(renderPath({ tag: '../../etc/passwd', step: 1 })).toBe(
      'renders/step-000000001-..-..-etc-passwd.png',
    );
    expect(renderPath({ tag: 'x', step: 1, path: 'eval/00000.png' })).toBe('eval/00000.png');
  });
});
