import { rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { comparePaths } from '../../../src/data/dataparsers/captureScene.ts';
import { parseScene } from '../../../src/data/dataparsers/parseScene.ts';
import { DataError } from '../../../src/errors.ts';
import { temporaryFolder } from '../../support/temporaryFolder.ts';
import { createDataLog, dataConfig, poseAt, writeCapture, writeImage, writeTransforms } from '../dataSet.ts';

async function parse(folder: string, options: Partial<Parameters<typeof dataConfig>[0]> = {}) {
  const log = createDataLog();
  const scene = await parseScene(dataConfig({ path: folder, ...options }), log);
  return { scene, warnings: log.warnings };
}

describe('parseNerfstudio', () => {
  it('sorts frames by file name and splits them as nerfstudio does', async () => {
    const folder = temporaryFolder();
    await writeCapture(folder, 20, (transforms) => transforms.frames.reverse());
    const { scene, warnings } = await parse(folder);
    // 19 / 17 a step: the 9th of them is 10.06, the 17th (the last) 19.
    const train = Array.from({ length: 18 }, (_, index) => Math.trunc((index * 19) / 17 + 1e-12));
    expect(scene.train.map(({ name }) => name)).toEqual(
      train.map((index) => `images/${String(index).padStart(2, '0')}.png`),
    );
    expect(scene.eval.map(({ name }) => name)).toEqual(['images/09.png', 'images/18.png']);
    expect(warnings).toEqual([]);
    expect(scene).toMatchObject({ bounded: false, aabb: [-1, -1, -1, 1, 1, 1], hasAlpha: false });
  });

  it('centres and scales positions to a largest coordinate of 1, and says how', async () => {
    const folder = temporaryFolder();
    await writeCapture(folder, 3, (transforms) => {
      transforms.frames.forEach((frame: { transform_matrix: number[][] }, index: number) => {
        frame.transform_matrix = poseAt([0, 4, 8][index]!, 2, 7);
      });
    });
    const { scene } = await parse(folder, { orientation: 'none', center: 'poses', scale: 2 });
    expect(scene.train.map(({ camera }) => camera.cameraToWorld[3])).toEqual([-2, 0, 2]);
    expect(scene.train[0]!.camera.cameraToWorld).toBeAllClose([1, 0, 0, -2, 0, 1, 0, 0, 0, 0, 1, 0]);
    expect(scene.worldToModel.scale).toBe(0.5);
    expect(scene.worldToModel.transform).toBeAllClose([1, 0, 0, -4, 0, 1, 0, -2, 0, 0, 1, -7]);
  });

  it('leaves out frames without image and repeated frames, with one warning each', async () => {
    const folder = temporaryFolder();
    await writeCapture(folder, 12, (transforms) => {
      transforms.frames.push(transforms.frames[3]);
      transforms.frames.push({ file_path: 'images/nowhere.png', transform_matrix: poseAt(0, 0, 0) });
    });
    rmSync(join(folder, 'images/05.png'));
    const { scene, warnings } = await parse(folder);
    expect(scene.train.length + scene.eval.length).toBe(11);
    expect(warnings).toHaveLength(2);
    expect(warnings[0]).toContain('2 frames are left out because the image does not exist');
    expect(warnings[1]).toContain('1 of its frames repeat the image of an earlier one');
  });

  it('finds images without extension, with odd names, and through links', async () => {
    const folder = temporaryFolder();
    await writeImage(join(folder, 'elsewhere/photo.png'));
    await writeImage(join(folder, 'images/ä ö [page=1] 写真.jpg'));
    symlinkSync(join(folder, 'elsewhere/photo.png'), join(folder, 'images/linked.png'));
    writeTransforms(folder, {
      camera_angle_x: 1,
      frames: ['./images/ä ö [page=1] 写真', 'images/linked.png', 'elsewhere\\photo.png'].map(
        (file_path, index) => ({
          file_path,
          transform_matrix: poseAt(index, 0, 0).slice(0, 3),
        }),
      ),
    });
    const { scene } = await parse(folder);
    expect(scene.train.map(({ name }) => name).sort()).toEqual([
      './images/ä ö [page=1] 写真',
      'elsewhere\\photo.png',
      'images/linked.png',
    ]);
  });
});

describe('parseNerfstudio: paths', () => {
  it('[DA1] orders folder by folder, with the separators of any system', () => {
    // Python: sorted(map(PureWindowsPath, ...)) and sorted(map(PurePosixPath, ...)) give these orders.
    const order = ['D:\\scan\\a\\9.png', 'D:\\scan\\a b\\1.png', 'D:\\scan\\a-b\\1.png'];
    const posix = order.map((path) => path.replaceAll('\\', '/'));
    for (const paths of [order, posix]) {
      expect([...paths].reverse().sort(comparePaths)).toEqual(paths);
      expect([paths[2]!, paths[0]!, paths[1]!].sort(comparePaths)).toEqual(paths);
    }
  });

  it('[DA1] lists and frames may write one path in two ways', async () => {
    const folder = temporaryFolder();
    await writeCapture(folder, 3, (transforms) => {
      transforms.frames[1].file_path = 'images\\01.png';
      transforms.train_filenames = ['images\\00.png', './images/02.png'];
      transforms.test_filenames = ['images/01.png'];
    });
    const { scene } = await parse(folder);
    expect(scene.train).toHaveLength(2);
    expect(scene.eval.map(({ name }) => name)).toEqual(['images\\01.png']);
  });

  it.each([
    ['Linux', '/home/someone/scan/'],
    ['Windows', 'C:\\Users\\someone\\scan\\'],
  ])(
    '[DA2] finds images below the folder by the end of an absolute path of another computer: %s',
    async (_, place) => {
      const folder = temporaryFolder();
      await writeCapture(folder, 3, (transforms) => {
        for (const frame of transforms.frames) {
          const end = place.includes('\\') ? frame.file_path.replace('/', '\\') : frame.file_path;
          frame.file_path = `${place}${end}`;
        }
        transforms.frames[2].file_path = `${place}gone.png`;
      });
      const { scene, warnings } = await parse(folder);
      expect(scene.train.map(({ image }) => image)).toEqual([
        join(folder, 'images/00.png'),
        join(folder, 'images/01.png'),
      ]);
      expect(warnings[0]).toMatch(
        /1 frame is left out .*gone\.png, a path of another computer; nothing below/,
      );
      expect(warnings[1]).toMatch(
        /file_path is of another computer; images are found by the end of it below/,
      );
    },
  );

  it('[DA2] says so when none is found that way', async () => {
    const folder = temporaryFolder();
    await writeCapture(folder, 2, (transforms) => {
      for (const frame of transforms.frames)
        frame.file_path = `/home/someone/scan/x-${frame.file_path.slice(7)}`;
    });
    await expect(parse(folder)).rejects.toThrow(
      `none of its 2 images exists (the first would be /home/someone/scan/x-00.png, a path of another computer; nothing below ${folder} ends like it either)`,
    );
  });

  it.each([
    ['images/00.PNG', 'images/00.png'],
    ['images/00.jpg', 'images/00.png'],
    ['images\\00.jpg', 'images/00.png'],
  ])('[DA3] names the file that is there: %s', async (listed, there) => {
    const folder = temporaryFolder();
    await writeCapture(folder, 2, (transforms) => {
      transforms.frames[0].file_path = listed;
    });
    expect((await parse(folder)).warnings[0]).toContain(
      `1 frame is left out because the image does not exist (the first would be ${join(folder, listed.replace('\\', '/'))}; ${there} is there)`,
    );
  });

  it('[DA5] says that depths are not used where there are points', async () => {
    const folder = temporaryFolder();
    const ply = [
      'ply',
      'format ascii 1.0',
      'element vertex 1',
      ...['x', 'y', 'z'].map((name) => `property float ${name}`),
      ...['red', 'green', 'blue'].map((name) => `property uchar ${name}`),
      'end_header',
      '1 2 3 4 5 6',
    ];
    writeFileSync(join(folder, 'points.ply'), `${ply.join('\n')}\n`);
    await writeCapture(folder, 12, (transforms) => {
      transforms.ply_file_path = 'points.ply';
      transforms.frames[1].depth_file_path = 'depth/01.png';
      transforms.frames[2].depth_file_path = 'depth/02.png';
    });
    expect((await parse(folder)).warnings).toEqual([
      `${join(folder, 'transforms.json')}: depth maps of 2 frames are not used: there are points already.`,
    ]);
  });

  it('[DA9] says that images are stored turned, and leaves them so', async () => {
    const folder = temporaryFolder();
    await writeCapture(folder, 12);
    for (const name of ['03', '07'])
      await sharp({ create: { width: 8, height: 6, channels: 3, background: 'red' } })
        .withMetadata({ orientation: 6 })
        .jpeg()
        .toFile(join(folder, `images/${name}.png`));
    const { scene, warnings } = await parse(folder);
    expect(scene.train[3]!.camera).toMatchObject({ width: 8, height: 6 });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain(
      `2 of its 12 images say in their EXIF data that they are to be shown turned or mirrored (the first is ${folder}/images/03.png)`,
    );
  });
});

describe('parseNerfstudio: masks', () => {
  /** Names of the masks by name of the photo, as seen from the folder. */
  const masksOf = async (folder: string) => {
    const { scene } = await parse(folder);
    const frames = [...scene.train, ...scene.eval].filter(({ mask }) => mask !== undefined);
    return Object.fromEntries(
      frames.map(({ name, mask }) => [name, [relative(folder, mask!.path), mask!.hides]]),
    );
  };

  it('[DA8] are those that frames name; a frame without one is not masked', async () => {
    const folder = temporaryFolder();
    await writeImage(join(folder, 'hidden/a.png'));
    await writeImage(join(folder, 'masks/02.png'));
    await writeCapture(folder, 3, (transforms) => {
      transforms.frames[1].mask_path = './hidden/a.png';
    });
    expect(await masksOf(folder)).toEqual({ 'images/01.png': ['hidden/a.png', 'black'] });
  });

  it('[DA8] lie in a folder masks under the names of the photos', async () => {
    const folder = temporaryFolder();
    for (const mask of ['00.png', '01.jpg', '02.png.png', 'sub/03.PNG', 'other.png'])
      await writeImage(join(folder, 'masks', mask));
    await writeImage(join(folder, 'images/sub/03.jpg'));
    await writeCapture(folder, 4, (transforms) => {
      transforms.frames[3].file_path = './images/sub/03.jpg';
    });
    expect(await masksOf(folder)).toEqual({
      'images/00.png': ['masks/00.png', 'black'],
      'images/01.png': ['masks/01.jpg', 'black'],
      'images/02.png': ['masks/02.png.png', 'black'],
      './images/sub/03.jpg': ['masks/sub/03.PNG', 'black'],
    });
  });

  it('[DA8] of instant-ngp lie beside the photos and hide what is not black', async () => {
    const folder = temporaryFolder();
    await writeImage(join(folder, 'images/dynamic_mask_01.png'));
    await writeCapture(folder, 2);
    expect(await masksOf(folder)).toEqual({ 'images/01.png': ['images/dynamic_mask_01.png', 'others'] });
  });

  it('[DA8] that are named must exist', async () => {
    const folder = temporaryFolder();
    await writeCapture(folder, 2, (transforms) => {
      transforms.frames[1].mask_path = 'masks/01.png';
    });
    await expect(parse(folder)).rejects.toThrow(
      `transforms.json: the mask ${folder}/masks/01.png does not exist. Put it there, or remove its mask_path.`,
    );
  });
});

describe('parseNerfstudio: cameras', () => {
  it('takes intrinsics from the frame, then the file, and scales them to the image', async () => {
    const folder = temporaryFolder();
    await writeCapture(folder, 2, (transforms) => {
      Object.assign(transforms, { w: 80, h: 60, k1: 0.1, p2: -0.01 });
      Object.assign(transforms.frames[1], { fl_x: 20, cx: 5, w: 16, h: 12, k1: 0 });
    });
    const { scene } = await parse(folder);
    const [first, second] = scene.train.map(({ camera }) => camera);
    expect(first).toMatchObject({
      width: 8,
      height: 6,
      fx: 1,
      fy: 1.1,
      cx: 0.4,
      distortion: [0.1, 0, 0, 0, 0, -0.01],
    });
    expect(first!.cy).toBeCloseTo(0.3, 12);
    expect(second).toMatchObject({ fx: 10, fy: 5.5, cx: 2.5, cy: 1.5, distortion: [0, 0, 0, 0, 0, -0.01] });
  });

  it('derives the focal length from camera_angle_x and knows the lens models', async () => {
    const folder = temporaryFolder();
    await writeCapture(folder, 3, (transforms) => {
      for (const key of ['fl_x', 'fl_y', 'cx', 'cy', 'w', 'h']) delete transforms[key];
      transforms.camera_angle_x = Math.PI / 2;
      transforms.frames[1].camera_model = 'OPENCV_FISHEYE';
      transforms.frames[2].camera_model = 'EQUIRECTANGULAR';
    });
    const { scene } = await parse(folder);
    const [pinhole, fisheye, panorama] = scene.train.map(({ camera }) => camera);
    expect(pinhole!.model).toBe('OPENCV');
    expect(pinhole!.fx).toBeCloseTo(4, 12);
    expect(pinhole!.fy).toBeCloseTo(4, 12);
    expect([pinhole!.cx, pinhole!.cy]).toEqual([4, 3]);
    expect(pinhole!.distortion).toBeUndefined();
    expect(fisheye!.model).toBe('OPENCV_FISHEYE');
    expect(panorama).toMatchObject({ model: 'EQUIRECTANGULAR', fx: 4, fy: 6 });
  });
});

describe('parseNerfstudio: images and intrinsics', () => {
  const K = [
    [20, 0, 3],
    [0, 21, 2],
    [0, 0, 1],
  ];
  it.each([
    ['K', K],
    [
      'intrinsics',
      [
        [20, 0, 3, 0],
        [0, 21, 2, 0],
        [0, 0, 1, 0],
        [0, 0, 0, 1],
      ],
    ],
    ['intrinsic_matrix', K.flat()],
    ['camera_intrinsics', [20, 0, 0, 0, 21, 0, 3, 2, 1]],
  ])('reads intrinsics as a matrix: %s', async (name, matrix) => {
    const folder = temporaryFolder();
    await writeCapture(folder, 2, (transforms) => {
      transforms.frames[0][name] = matrix;
      transforms.frames[1][name] = matrix;
      transforms.frames[1].fl_x = 5;
    });
    const [first, second] = (await parse(folder)).scene.train;
    expect(first!.camera).toMatchObject({ fx: 20, fy: 21, cx: 3, cy: 2 });
    expect(second!.camera).toMatchObject({ fx: 5, fy: 21, cx: 3, cy: 2 });
  });

  it.each([
    [[1, 2, 3]],
    [
      [
        [0, 0, 3],
        [0, 1, 2],
        [0, 0, 1],
      ],
    ],
    ['text'],
  ])('refuses a matrix of intrinsics that is none: %j', async (matrix) => {
    const folder = temporaryFolder();
    await writeCapture(folder, 2, (transforms) => {
      transforms.frames[1].K = matrix;
    });
    await expect(parse(folder)).rejects.toThrow(/"images\/01\.png": K must be a matrix of intrinsics/);
  });

  it("reads instant-ngp's fields of view in degrees, and names of lenses in any spelling", async () => {
    const folder = temporaryFolder();
    await writeCapture(folder, 4, (transforms) => {
      const [a, b, c, d] = transforms.frames;
      for (const key of ['fl_x', 'fl_y']) delete transforms[key];
      Object.assign(a, { x_fov: 90, y_fov: 60, camera_model: 'perspective' });
      Object.assign(b, { fl_x: 9, camera_model: 'Fisheye', k1: 0.1 });
      Object.assign(c, { fl_x: 9, camera_model: 'EUCM', alpha: 0.6, beta: 1.1 });
      Object.assign(d, {
        fl_x: 9,
        camera_model: 'FISHEYE624',
        distortion_params: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
      });
    });
    const cameras = (await parse(folder)).scene.train.map(({ camera }) => camera);
    expect(cameras[0]!.model).toBe('OPENCV');
    expect(cameras[0]!.fx).toBeCloseTo(4, 12);
    expect(cameras[0]!.fy).toBeCloseTo(3 / Math.tan(Math.PI / 6), 12);
    expect(cameras[1]).toMatchObject({ model: 'OPENCV_FISHEYE', distortion: [0.1, 0, 0, 0, 0, 0] });
    expect(cameras[2]).toMatchObject({ model: 'EUCM', lens: [0.6, 1.1] });
    expect(cameras[3]).toMatchObject({
      model: 'RAD_TAN_THIN_PRISM_FISHEYE',
      lens: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
    });
  });

  it('[DA6] takes an image that was made smaller and rounded to whole pixels', async () => {
    const folder = temporaryFolder();
    await writeCapture(folder, 2, (transforms) => {
      // A quarter of it is 7.75 x 6.25.
      Object.assign(transforms, { w: 31, h: 25 });
    });
    expect((await parse(folder)).scene.train[0]!.camera.fx).toBeCloseTo((10 * 8) / 31, 12);
  });

  it.each(['RADIAL_FISHEYE', 'SIMPLE_RADIAL_FISHEYE'])(
    "knows COLMAP's %s as a fisheye",
    async (camera_model) => {
      const folder = temporaryFolder();
      await writeCapture(folder, 2, (transforms) => {
        Object.assign(transforms, { camera_model, k1: 0.01 });
      });
      const { camera } = (await parse(folder)).scene.train[0]!;
      expect(camera).toMatchObject({ model: 'OPENCV_FISHEYE', distortion: [0.01, 0, 0, 0, 0, 0] });
    },
  );
});

describe('parseNerfstudio: splits and poses', () => {
  it("follows the file's own lists and orientation", async () => {
    const folder = temporaryFolder();
    await writeCapture(folder, 6, (transforms) => {
      transforms.train_filenames = ['./images/05.png', 'images/01.png'];
      transforms.test_filenames = ['images/02.png'];
      transforms.orientation_override = 'none';
    });
    const { scene } = await parse(folder, { center: 'none', autoScale: false });
    expect(scene.train.map(({ name }) => name)).toEqual(['images/01.png', 'images/05.png']);
    expect(scene.eval.map(({ name }) => name)).toEqual(['images/02.png']);
    expect(scene.worldToModel).toEqual({
      transform: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0],
      scale: 1,
    });
  });

  it('[DA4] holds out the validation images where no test image is listed or exists', async () => {
    for (const test of [[], ['images/03.png']]) {
      const folder = temporaryFolder();
      await writeCapture(folder, 6, (transforms) => {
        transforms.train_filenames = ['images/00.png', 'images/01.png'];
        transforms.val_filenames = ['images/04.png'];
        transforms.test_filenames = test;
      });
      rmSync(join(folder, 'images/03.png'));
      expect((await parse(folder)).scene.eval.map(({ name }) => name)).toEqual(['images/04.png']);
    }
  });

  it('[DA4] trains, and says that nothing is held out, where no listed image exists', async () => {
    const folder = temporaryFolder();
    await writeCapture(folder, 4, (transforms) => {
      transforms.train_filenames = ['images/00.png', 'images/01.png'];
      transforms.test_filenames = ['images/03.png'];
    });
    rmSync(join(folder, 'images/03.png'));
    const { scene, warnings } = await parse(folder);
    expect([scene.train.length, scene.eval.length]).toEqual([2, 0]);
    expect(warnings.at(-1)).toMatch(
      /no image is held out for evaluation: no image that test_filenames or val_filenames lists exists\.$/,
    );
  });

  it('survives cameras that all stand in one place or look the same way', async () => {
    const folder = temporaryFolder();
    await writeCapture(folder, 3, (transforms) => {
      for (const frame of transforms.frames) frame.transform_matrix = poseAt(1, 2, 3);
    });
    const { scene } = await parse(folder);
    for (const { camera } of scene.train) expect(camera.cameraToWorld.every(Number.isFinite)).toBe(true);
  });
});

describe('parseNerfstudio: broken files', () => {
  const broken: [string, (transforms: Record<string, never>) => void, RegExp][] = [
    ['no frames', (t) => set(t, 'frames', []), /transforms\.json: lists no frames\. Add/],
    ['frames missing', (t) => set(t, 'frames', undefined), /frames is missing/],
    ['frames of another type', (t) => set(t, 'frames', { a: 1 }), /frames must be an array, but is object/],
    [
      'a frame that is null',
      (t) => set(t, 'frames.1', null),
      /frames\[1\]: must be an object, but is null\. Correct/,
    ],
    [
      'no matrix',
      (t) => set(t, 'frames.1.transform_matrix', undefined),
      /frames\[1\] \("images\/01\.png"\): transform_matrix is missing\. Correct or remove/,
    ],
    [
      'null in a matrix',
      (t) => set(t, 'frames.2.transform_matrix.0.3', null),
      /frames\[2\] .*transform_matrix\[0\]\[3\] must be a number, but is null/,
    ],
    [
      'text in a matrix',
      (t) => set(t, 'frames.2.transform_matrix.1.1', 'x'),
      /transform_matrix\[1\]\[1\] must be a number, but is string/,
    ],
    [
      'two rows',
      (t) =>
        set(t, 'frames.0.transform_matrix', [
          [1, 0, 0, 0],
          [0, 1, 0, 0],
        ]),
      /4 x 4 \(or 3 x 4\).*has 2 rows/,
    ],
    [
      'three columns',
      (t) =>
        set(t, 'frames.0.transform_matrix', [
          [1, 0, 0],
          [0, 1, 0],
          [0, 0, 1],
        ]),
      /row 1 has 3 numbers/,
    ],
    [
      'transposed',
      (t) => set(t, 'frames.0.transform_matrix.3', [4, 5, 6, 1]),
      /last row is 4 5 6 1.*transposed/,
    ],
    ['singular', (t) => set(t, 'frames.0.transform_matrix.1', [1, 0, 0, 0]), /rotation is singular/],
    ['zero focal length', (t) => set(t, 'fl_x', 0), /fl_x must be a focal length in pixels, greater than 0/],
    [
      'no focal length',
      (t) => {
        set(t, 'fl_x', undefined);
        set(t, 'fl_y', undefined);
      },
      /no focal length\. Give fl_x/,
    ],
    ['text as focal length', (t) => set(t, 'fl_x', '343'), /fl_x must be a number, but is string/],
    ['field of view', (t) => set(t, 'camera_angle_x', 4), /camera_angle_x must be an angle/],
    ['no name', (t) => set(t, 'frames.0.file_path', ''), /file_path must name the image/],
    [
      'name with NUL',
      (t) => set(t, 'frames', [{ file_path: 'a\0b', transform_matrix: poseAt(0, 0, 0) }]),
      /none of its 1 images exists/,
    ],
    [
      'unknown lens',
      (t) => set(t, 'camera_model', 'PERISCOPE'),
      /camera_model "PERISCOPE" is not supported\. Use one of/,
    ],
    [
      'on its side',
      (t) => {
        set(t, 'w', 6);
        set(t, 'h', 8);
      },
      /lies on its side/,
    ],
    [
      'another aspect',
      (t) => set(t, 'h', 8),
      /image is 8 x 6 pixels, but its intrinsics are for 8 x 8, another aspect.*Give the frame its own w, h/,
    ],
    [
      'unknown name in a list',
      (t) => set(t, 'train_filenames', ['images/77.png']),
      /train_filenames names "images\/77\.png", which is no frame/,
    ],
    ['held-out list alone', (t) => set(t, 'test_filenames', ['images/00.png']), /no train_filenames/],
    [
      'in both lists',
      (t) => {
        set(t, 'train_filenames', ['images/00.png']);
        set(t, 'test_filenames', ['images/00.png']);
      },
      /both for training and for evaluation/,
    ],
    [
      'empty train list',
      (t) => set(t, 'train_filenames', []),
      /none of the images in train_filenames exists/,
    ],
    [
      'all images elsewhere',
      (t) => {
        for (let i = 0; i < 3; i++) set(t, `frames.${i}.file_path`, `no/${i}.png`);
      },
      /none of its 3 images exists \(the first would be .*no\/0\.png\)/,
    ],
  ];

  it.each(broken)('refuses: %s', async (_, change, message) => {
    const folder = temporaryFolder();
    await writeCapture(folder, 3, change);
    const error = await parse(folder).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(DataError);
    expect((error as DataError).message).toMatch(message);
    expect((error as DataError).message).not.toContain('\n');
    expect((error as DataError).file).toContain(folder);
  });
});

/** Sets `path` (dotted) in the parsed JSON. */
function set(target: object, path: string, value: unknown): void {
  const keys = path.split('.');
  const last = keys.pop()!;
  const parent = keys.reduce<Record<string, unknown>>(
    (object, key) => object[key] as Record<string, unknown>,
    target as Record<string, unknown>,
  );
  parent[last] = value;
}
