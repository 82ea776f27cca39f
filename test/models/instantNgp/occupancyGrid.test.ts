import { beforeAll, describe, expect, it } from 'vitest';
import type { Camera } from '../../../src/data/cameras/camera.ts';
import { createInstantNgp } from '../../../src/models/instantNgp/createInstantNgp.ts';
import { instantNgpSchema } from '../../../src/models/instantNgp/instantNgpSchema.ts';
import { createOccupancyGrid } from '../../../src/models/instantNgp/occupancyGrid.ts';
import { createRenderPlan } from '../../../src/models/instantNgp/renderPlan.ts';
import { visibleCells } from '../../../src/models/instantNgp/visibleCells.ts';
import { selectCpuBackend } from '../../../src/tensors/selectCpuBackend.ts';
import { withKernels } from '../../support/kernelPools.ts';

const camera = {
  model: 'OPENCV',
  width: 20,
  height: 20,
  fx: 20,
  fy: 20,
  cx: 10,
  cy: 10,
  cameraToWorld: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 2],
} as const;
const settings = { resolution: 16, levels: 1, decay: 0.5, meanFactor: 1, seed: 1 };

describe('createOccupancyGrid', () => {
  beforeAll(selectCpuBackend);

  it('begins with every visible cell occupied', async () => {
    await withKernels({}, (kernels) => {
      expect(createOccupancyGrid(kernels, settings).occupiedShare).toBe(1);
      const visible = new Uint8Array(16 ** 3).fill(1, 0, 1024);
      expect(createOccupancyGrid(kernels, { ...settings, visible }).occupiedShare).toBe(0.25);
    });
  });

  it('sets a bit for each cell above the threshold, and a coarse bit for each 4 x 4 x 4 cells that hold one', async () => {
    await withKernels({}, (kernels) => {
      const resolution = 16;
      const cells = 2 * resolution ** 3;
      const [grid, bits, coarse] = [cells * 4, cells / 8, cells / 512].map((bytes) =>
        kernels.allocate(bytes),
      ) as [number, number, number];
      const density = kernels.float32(grid, cells);
      const occupied = [
        [0, 0, 0, 0],
        [0, 15, 15, 15],
        [1, 5, 6, 7],
        [1, 8, 0, 12],
      ].map(([level, z, y, x]) => ((level! * resolution + z!) * resolution + y!) * resolution + x!);
      for (const cell of occupied) density[cell] = 0.5;
      density[77] = 0.1;
      expect(kernels.call('occupancyBits', grid, bits, coarse, 2, resolution, 0.2)).toBe(4);
      const setBits = (address: number, count: number) =>
        Array.from({ length: count }, (_, k) => k).filter(
          (k) => (kernels.uint8(address, count / 8)[k >> 3]! >> (k & 7)) & 1,
        );
      expect(setBits(bits, cells)).toEqual(occupied.toSorted((a, b) => a - b));
      const side = resolution / 4;
      const coarseOf = (level: number, z: number, y: number, x: number) =>
        ((level * side + z) * side + y) * side + x;
      expect(setBits(coarse, cells / 64)).toEqual([
        coarseOf(0, 0, 0, 0),
        coarseOf(0, 3, 3, 3),
        coarseOf(1, 1, 1, 1),
        coarseOf(1, 2, 0, 3),
      ]);
    });
  });

  it('measures how far each block is from an occupied one, diagonal steps included', async () => {
    await withKernels({}, (kernels) => {
      const side = 6;
      const [coarse, distances] = [kernels.allocate(side ** 3 / 8), kernels.allocate(side ** 3)];
      const at = (x: number, y: number, z: number) => (z * side + y) * side + x;
      const occupied = [
        [0, 0, 0],
        [5, 1, 2],
        [2, 5, 5],
      ] as const;
      for (const [x, y, z] of occupied)
        kernels.uint8(coarse, side ** 3 / 8)[at(x, y, z) >> 3]! |= 1 << (at(x, y, z) & 7);
      kernels.call('occupancyDistances', coarse, distances, side);
      const expected = Array.from({ length: side ** 3 }, (_, block) => {
        const place = [block % side, Math.floor(block / side) % side, Math.floor(block / side ** 2)];
        return Math.min(
          ...occupied.map((other) => Math.max(...place.map((value, k) => Math.abs(value - other[k]!)))),
        );
      });
      expect([...kernels.uint8(distances, side ** 3)]).toEqual(expected);
    });
  });

  it('keeps the decayed maximum, replaces what was never evaluated, and leaves unseen cells alone', async () => {
    await withKernels({}, (kernels) => {
      const at = (data: Float32Array | Int32Array) => {
        const address = kernels.allocate(data.byteLength);
        (data instanceof Int32Array
          ? kernels.int32(address, data.length)
          : kernels.float32(address, data.length)
        ).set(data);
        return address;
      };
      const grid = at(Float32Array.of(1e9, 0.8, 0.1, -1, 0.6));
      kernels.call(
        'occupancyApply',
        5,
        at(Int32Array.of(0, 1, 2, 3, 2)),
        at(Float32Array.of(0.3, 0.1, 0.9, 0.5, 0.2)),
        grid,
        0.5,
      );
      expect(kernels.float32(grid, 5)).toBeAllClose([0.3, 0.4, 0.45, -1, 0.6]);
    });
  });

  it('sums cells between 0 and 1', async () => {
    await withKernels({}, (kernels) => {
      const grid = kernels.allocate(8192 * 4);
      kernels.float32(grid, 8192).fill(0.25).set([-1, 1e9, 3], 4000);
      expect(kernels.call('occupancySum', grid, 8192)).toBeCloseTo((8192 - 3) * 0.25 + 2, 3);
    });
  });

  it('visits every cell in the first updates, so that empty space is left out soon; state and restore keep all bits', async () => {
    await withKernels({}, (kernels) => {
      const config = instantNgpSchema.parse({
        occupancy: { resolution: 64 },
        hashGrid: { levels: 2, log2TableSize: 10 },
      });
      const model = createInstantNgp({
        config,
        kernels,
        bounds: { bounded: true, aabb: [-1, -1, -1, 1, 1, 1], hasAlpha: false },
        cameras: [camera],
        seed: 1,
        evalBackground: 'white',
      });
      model.trainStep(1, 8);
      expect(model.occupiedShare).toBe(1);
      for (const step of [16, 20, 24, 28]) model.commit(step);
      // Untrained, the density varies a little around one value: cells above the mean are about half.
      expect(model.occupiedShare).toBeGreaterThan(0.2);
      expect(model.occupiedShare).toBeLessThan(0.8);
      const { shape, data } = model.state()['occupancy/density']!;
      expect(shape).toEqual([1, 64, 64, 64]);
      expect((data as Float32Array).every((value) => value < 1)).toBe(true);
      model.dispose();
    });
  });

  it('[MO6] draws visible cells only, and empties none before all were evaluated, if told so', async () => {
    await withKernels({}, (kernels) => {
      const cells = 64 ** 3;
      const isVisible = (cell: number) => cell % 4 > 0;
      const visible = Uint8Array.from({ length: cells }, (_, cell) => (isVisible(cell) ? 1 : 0));
      const grid = createOccupancyGrid(kernels, {
        ...settings,
        resolution: 64,
        visible,
        visibleOnly: true,
      });
      const seen = new Set<number>();
      const update = (step: number) =>
        grid.update(
          ({ count, cells: drawn, values, pool, total, sweep, key }) => {
            const plan = createRenderPlan(kernels);
            const numbers = kernels.int32(drawn, count);
            for (let k = 0; k < count; k++) {
              const index = sweep >= 0 ? (sweep + k) % total : (Math.imul(key, k) >>> 0) % total;
              numbers[k] = kernels.int32(pool, total)[index]!;
              seen.add(numbers[k]!);
              kernels.float32(values, count)[k] = numbers[k]! % 4 === 1 ? 1 : 0;
            }
            plan.dispose();
          },
          step,
          1,
        );
      update(16);
      update(20);
      expect(grid.occupiedShare).toBe(0.75);
      update(24);
      expect([seen.size, [...seen].every(isVisible)]).toEqual([cells * 0.75, true]);
      expect(grid.occupiedShare).toBe(0.25);
      grid.dispose();
    });
  });

  it('refuses a grid of another size', async () => {
    await withKernels({}, (kernels) => {
      const small = createOccupancyGrid(kernels, settings);
      const large = createOccupancyGrid(kernels, { ...settings, resolution: 32 });
      expect(() => large.restore(small.state())).toThrow('another model');
      expect(createRenderPlan(kernels).address % 64).toBe(0);
    });
  });
});

describe('visibleCells', () => {
  it('holds what is in front of the camera and not what is behind it', () => {
    const visible = visibleCells([camera], { levels: 2, resolution: 32, center: [0, 0, 0], halfSize: 1 });
    const cell = (level: number, x: number, y: number, z: number) =>
      visible[((level * 32 + z) * 32 + y) * 32 + x];
    // Level 1 spans [-2, 2]: the camera stands at z = 2 and looks along -z.
    expect(cell(0, 16, 16, 0)).toBe(1);
    expect(cell(1, 16, 16, 0)).toBe(1);
    expect(cell(1, 16, 16, 20)).toBe(1);
    expect(cell(1, 0, 16, 30)).toBe(0);
    const turned = { ...camera, cameraToWorld: [-1, 0, 0, 0, 0, 1, 0, 0, 0, 0, -1, 2] } as const;
    const other = visibleCells([turned], { levels: 2, resolution: 32, center: [0, 0, 0], halfSize: 1 });
    expect(other.slice(0, 32 ** 3).every((value) => value === 0)).toBe(true);
  });

  it.each([16, 32, 48, 64, 80, 112])(
    '[MO1] agrees with a search over all cells and cameras at resolution %i',
    (resolution) => {
      // Two cameras, so that the seen part is no box: one as above, one from the side and above, with a long lens.
      const side = [0, 0, 1, 1.6, 0.6, 0.8, 0, 0.2, -0.8, 0.6, 0, 0.1] as const;
      const cameras = [camera, { ...camera, fx: 60, fy: 45, cameraToWorld: side }];
      const grid = { levels: 2, resolution, center: [0.1, 0, -0.2], halfSize: 1 };
      const wrong = disagreements(visibleCells(cameras, grid), cameras, grid);
      expect(wrong).toEqual({ hidden: 0, shown: 0 });
    },
  );
});

/**
 * Cells that are given as seen or not, against every camera's own view of their centres: a centre inside a photo must be
 * seen, and one far outside all of them must not. Between the two (blocks, and the margin for lenses) either will do.
 */
function disagreements(
  visible: Uint8Array,
  cameras: readonly Camera[],
  grid: { levels: number; resolution: number; center: readonly number[]; halfSize: number },
) {
  const { levels, resolution, center, halfSize } = grid;
  const wrong = { hidden: 0, shown: 0 };
  for (let cell = 0; cell < levels * resolution ** 3; cell++) {
    const level = Math.floor(cell / resolution ** 3);
    const half = halfSize * 2 ** level;
    const point = [0, 1, 2].map(
      (axis) =>
        center[axis]! +
        (((Math.floor(cell / resolution ** axis) % resolution) + 0.5) / resolution) * 2 * half -
        half,
    );
    // No block is longer than a sixteenth of the grid.
    const views = cameras.map((view) => viewOf(view, point, half / 8));
    if (visible[cell] === 0 && views.includes('inside')) wrong.hidden++;
    if (visible[cell] === 1 && views.every((view) => view === 'outside')) wrong.shown++;
  }
  return wrong;
}

/** Where the photo shows `point`: inside the picture, far outside of it or behind the camera, or neither. */
function viewOf(
  { cameraToWorld: m, fx, fy, cx, cy, width, height }: Camera,
  point: readonly number[],
  block: number,
) {
  const d = [point[0]! - m[3]!, point[1]! - m[7]!, point[2]! - m[11]!] as const;
  const [x, y, z] = [0, 1, 2].map((axis) => d[0] * m[axis]! + d[1] * m[4 + axis]! + d[2] * m[8 + axis]!);
  const depth = -z!;
  const column = cx + (fx * x!) / depth;
  const row = cy - (fy * y!) / depth;
  if (depth > 2 * block && column >= 0 && column <= width && row >= 0 && row <= height) return 'inside';
  const beyondX = Math.abs(x!) - (0.6 * width * Math.max(0, depth)) / fx;
  const beyondY = Math.abs(y!) - (0.6 * height * Math.max(0, depth)) / fy;
  return depth < -3 * block || Math.max(beyondX, beyondY) > 3 * block ? 'outside' : 'near';
}
