/** Meshes of known shapes: a ball and a floor, rendered exactly. */
import { describe, expect, it } from 'vitest';
import { buildMesh } from '../../../src/export/mesh/buildMesh.ts';
import { fuseViews } from '../../../src/export/mesh/fuseViews.ts';
import { largeParts } from '../../../src/export/mesh/largeParts.ts';
import { marchTetrahedra } from '../../../src/export/mesh/marchTetrahedra.ts';
import type { ColoredMesh, Mesh } from '../../../src/export/mesh/mesh.ts';
import { lookAround } from '../../../src/export/surface/lookAround.ts';
import { ball, camerasAround, colorAt, floor, renderOf, unmoved } from '../../support/analyticSurfaces.ts';

/** How often each edge stands in the faces, by direction. */
function edgesOf({ faces }: Mesh): Map<string, number> {
  const edges = new Map<string, number>();
  for (let at = 0; at < faces.length; at += 3)
    for (let k = 0; k < 3; k++) {
      const key = `${faces[at + k]} ${faces[at + ((k + 1) % 3)]}`;
      edges.set(key, (edges.get(key) ?? 0) + 1);
    }
  return edges;
}

/** Every edge stands in two faces, once in each direction: closed, and turned the same way everywhere. */
function expectClosed(mesh: Mesh): void {
  const edges = edgesOf(mesh);
  const reversed = (edge: string) => edge.split(' ').reverse().join(' ');
  const wrong = [...edges].filter(([edge, times]) => times !== 1 || edges.get(reversed(edge)) !== 1);
  expect(wrong).toEqual([]);
}

const pointsOf = (positions: Float32Array) =>
  Array.from({ length: positions.length / 3 }, (_, k) => [...positions.subarray(k * 3, k * 3 + 3)]);

/** Six times the volume that the faces enclose: positive where they look outward. */
function volumeOf({ positions, faces }: Mesh): number {
  const points = pointsOf(positions);
  let sum = 0;
  for (let at = 0; at < faces.length; at += 3) {
    const [a, b, c] = [points[faces[at]!]!, points[faces[at + 1]!]!, points[faces[at + 2]!]!];
    sum +=
      a[0]! * (b[1]! * c[2]! - b[2]! * c[1]!) -
      a[1]! * (b[0]! * c[2]! - b[2]! * c[0]!) +
      a[2]! * (b[0]! * c[1]! - b[1]! * c[0]!);
  }
  return sum / 6;
}

const around = { cameras: camerasAround(40, 4), placement: unmoved, depth: 'depth' } as const;
const radius = 0.8;
const center = [0.11, -0.07, 0.05] as const;
const whole = { resolution: 48, faces: 1e6, bounded: true };

describe('the mesh of a ball', () => {
  const fromCenter = (point: readonly number[]) => Math.hypot(...point.map((value, k) => value - center[k]!));
  let mesh: ColoredMesh;

  it('[EX4] is closed, looks outward, and lies within half a grid step of the surface', async () => {
    mesh = await buildMesh({ ...around, render: renderOf(ball(center, radius)) }, whole);
    expectClosed(mesh);
    const step = (2 * radius * 1.04) / whole.resolution;
    const errors = pointsOf(mesh.positions).map((point) => Math.abs(fromCenter(point) - radius));
    expect(Math.max(...errors)).toBeLessThan(step / 2);
    expect(errors.reduce((sum, value) => sum + value, 0) / errors.length).toBeLessThan(step / 10);
    expect(volumeOf(mesh)).toBeCloseTo((4 / 3) * Math.PI * radius ** 3, 1);
  }, 300_000);

  it('has the normals and colours of its points', () => {
    const normals = pointsOf(mesh.normals);
    const outward = pointsOf(mesh.positions).map((point, index) =>
      normals[index]!.reduce((sum, value, k) => sum + (value * (point[k]! - center[k]!)) / radius, 0),
    );
    expect(Math.min(...outward)).toBeGreaterThan(0.8);
    expect(outward.reduce((sum, value) => sum + value, 0) / outward.length).toBeGreaterThan(0.98);
    for (const [index, point] of pointsOf(mesh.positions).entries()) {
      const color = colorAt(point);
      for (let k = 0; k < 3; k++) expect(Math.abs(mesh.colors[index * 3 + k]! - color[k]!)).toBeLessThan(8);
    }
  });

  it('[EX4] with fewer faces stays closed and near', async () => {
    const fewer = await buildMesh(
      { ...around, render: renderOf(ball(center, radius)) },
      { ...whole, faces: 2000 },
    );
    expect(fewer.faces.length / 3).toBeLessThanOrEqual(2000);
    expect(fewer.faces.length / 3).toBeGreaterThan(1500);
    // As often in one direction as in the other; a few edges may belong to four faces.
    const edges = edgesOf(fewer);
    for (const [edge, times] of edges) expect(edges.get(edge.split(' ').reverse().join(' '))).toBe(times);
    expect([...edges.values()].filter((times) => times > 1).length).toBeLessThan(edges.size / 200);
    for (const point of pointsOf(fewer.positions))
      expect(Math.abs(fromCenter(point) - radius)).toBeLessThan(0.02);
  }, 300_000);

  it('[EX2] in other coordinates is turned, scaled and moved', async () => {
    const placement = { rotation: [0, -1, 0, 1, 0, 0, 0, 0, 1], scale: 10, translation: [100, 0, -7] };
    const moved = await buildMesh({ ...around, placement, render: renderOf(ball(center, radius)) }, whole);
    const middle = [100 - 10 * center[1], 10 * center[0], 10 * center[2] - 7];
    for (const point of pointsOf(moved.positions))
      expect(Math.hypot(...point.map((value, k) => value - middle[k]!)) / 10).toBeCloseTo(radius, 1);
    expectClosed(moved);
  }, 300_000);
});

describe('the mesh of a floor', () => {
  it('is flat, open where nobody looked, and looks to the cameras', async () => {
    const above = {
      cameras: camerasAround(20, 4, 0.5),
      placement: unmoved,
      depth: 'depth' as const,
      render: renderOf(floor(0.213, 1)),
    };
    const mesh = await buildMesh(above, whole);
    const step = (2 * 1.04) / whole.resolution;
    // Under its rim a camera looks into the open from the side.
    const normals = pointsOf(mesh.normals);
    let upward = 0;
    const inner = [...pointsOf(mesh.positions).entries()].filter(([, [x, y]]) => Math.hypot(x!, y!) < 0.6);
    for (const [index, [, , z]] of inner) {
      expect(Math.abs(z! - 0.213)).toBeLessThan(step / 2);
      upward += normals[index]![2]!;
    }
    expect(upward / inner.length).toBeGreaterThan(0.95);
    const edges = edgesOf(mesh);
    expect(Math.max(...edges.values())).toBe(1);
  }, 300_000);

  it('[EX4] leaves out what lies outside --crop, and says that nothing is left', async () => {
    const source = { ...around, render: renderOf(ball(center, radius)) };
    const crop = [-2, -2, 0.3, 2, 2, 2];
    const { positions } = await buildMesh(source, { ...whole, crop });
    const heights = positions.filter((_, k) => k % 3 === 2);
    expect(Math.min(...heights)).toBeGreaterThan(0.3 - 12 * (4 / 48));
    await expect(buildMesh(source, { ...whole, crop: [1, 1, 1, 2, 2, 2] })).rejects.toThrow(
      'no surface lies in the box --crop 1,1,1,2,2,2: give a larger one, in the coordinates of --frame',
    );
  }, 300_000);
});

describe('what floats beside a surface', () => {
  it('[EX4] goes: a crumb beside the ball, seen by all', async () => {
    const render = renderOf(ball([0, 0, 0], radius), ball([1.3, 0, 0], 0.05));
    const views = lookAround({ ...around, render }, 40 * 64 * 64);
    const grid = fuseViews(views, [-1.5, -1.5, -1.5, 1.5, 1.5, 1.5], 0.05);
    const all = marchTetrahedra(grid);
    expectClosed(all);
    const kept = largeParts(all);
    expect(pointsOf(all.positions).some(([x]) => x! > 1.2)).toBe(true);
    expect(pointsOf(kept.positions).some(([x]) => x! > 1.2)).toBe(false);
    expectClosed(kept);
  }, 300_000);

  it('goes: what one view alone believes in, where others look through', async () => {
    const cameras = camerasAround(40, 4);
    const truth = renderOf(ball([0, 0, 0], radius));
    const wrong = renderOf(ball([0, 0, 0], radius), ball([0, 0, 1.2], 0.2));
    let calls = 0;
    const mesh = await buildMesh(
      { ...around, cameras, render: (request) => (calls++ === 0 ? wrong : truth)(request) },
      { ...whole, crop: [-1.5, -1.5, -1.5, 1.5, 1.5, 1.5] },
    );
    for (const point of pointsOf(mesh.positions)) expect(Math.hypot(...point)).toBeLessThan(0.9);
  }, 300_000);
});
