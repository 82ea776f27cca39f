/** What is drawn over the picture, in three: cameras of photos as frusta, the axes, the path of a flight. Loaded when it is first wanted. */
import {
  BufferAttribute,
  BufferGeometry,
  Color,
  Line,
  LineBasicMaterial,
  LineSegments,
  Matrix4,
  PerspectiveCamera,
  Scene,
  WebGLRenderer,
} from 'three';
import type { Viewport } from './projection.ts';

/** A camera to draw: a pyramid that opens to what it sees. */
export interface Frustum {
  readonly cameraToWorld: readonly number[];
  readonly width: number;
  readonly height: number;
  readonly fx: number;
  readonly fy: number;
  /** As style sheets write it. */
  readonly color: string;
}

type Point = readonly [number, number, number];

/** A line of a colour, in the model's coordinates. */
export interface Segment {
  readonly from: Point;
  readonly to: Point;
  readonly color: string;
}

export interface OverlayContent {
  readonly frusta: readonly Frustum[];
  /** How far a frustum opens, in the model's units. */
  readonly size: number;
  /** Where the axes begin, and where each of them ends; none without. */
  readonly axes?: { readonly origin: Point; readonly ends: readonly Point[] } | undefined;
  /** Further lines: a grid, a box. */
  readonly lines?: readonly Segment[] | undefined;
  /** Positions along a path. */
  readonly path?: readonly (readonly [number, number, number])[] | undefined;
}

export class SceneOverlay {
  readonly #renderer: WebGLRenderer;
  readonly #scene = new Scene();
  readonly #camera = new PerspectiveCamera();

  /** @throws Error where the browser has no WebGL */
  constructor(canvas: HTMLCanvasElement) {
    this.#renderer = new WebGLRenderer({ canvas, alpha: true, antialias: true });
    this.#camera.matrixAutoUpdate = false;
  }

  /** Replaces what is drawn. */
  setContent({ frusta, size, axes, lines = [], path }: OverlayContent): void {
    for (const child of this.#scene.children) if (child instanceof Line) release(child);
    this.#scene.clear();
    this.#scene.add(segments([...lines, ...frusta.flatMap((frustum) => frustumLines(frustum, size))]));
    if (axes) this.#scene.add(segments(axisLines(axes)));
    if (path && path.length > 1) {
      const geometry = new BufferGeometry();
      geometry.setAttribute('position', new BufferAttribute(new Float32Array(path.flat()), 3));
      this.#scene.add(new Line(geometry, new LineBasicMaterial({ color: '#e64980' })));
    }
  }

  /** Draws it as the visitor's camera sees it. */
  draw({ cameraToWorld, fieldOfView, width, height }: Viewport, near: number, far: number): void {
    this.#renderer.setPixelRatio(devicePixelRatio);
    this.#renderer.setSize(width, height, false);
    const rows = [...cameraToWorld, 0, 0, 0, 1];
    this.#camera.fov = fieldOfView;
    this.#camera.aspect = width / height;
    this.#camera.near = near;
    this.#camera.far = far;
    this.#camera.updateProjectionMatrix();
    this.#camera.matrix.copy(new Matrix4().fromArray(rows).transpose());
    this.#camera.matrixWorldNeedsUpdate = true;
    this.#renderer.render(this.#scene, this.#camera);
  }

  dispose(): void {
    this.#renderer.dispose();
  }
}

function frustumLines(frustum: Frustum, size: number): Segment[] {
  const { cameraToWorld: m, width, height, fx, fy, color } = frustum;
  const [x, y] = [(size * width) / 2 / fx, (size * height) / 2 / fy];
  const inWorld = (a: number, b: number, c: number): Point =>
    [0, 4, 8].map((row) => m[row]! * a + m[row + 1]! * b + m[row + 2]! * c + m[row + 3]!) as unknown as Point;
  const eye = inWorld(0, 0, 0);
  const corners = (
    [
      [-1, 1],
      [1, 1],
      [1, -1],
      [-1, -1],
    ] as const
  ).map(([a, b]) => inWorld(a * x, b * y, -size));
  const top = inWorld(0, 1.5 * y, -size);
  return [
    ...corners.map((corner) => ({ from: eye, to: corner, color })),
    ...corners.map((corner, index) => ({ from: corner, to: corners[(index + 1) % 4]!, color })),
    { from: corners[0]!, to: top, color },
    { from: top, to: corners[1]!, color },
  ];
}

function axisLines({ origin, ends }: NonNullable<OverlayContent['axes']>): Segment[] {
  return ends.map((to, axis) => ({ from: origin, to, color: ['#e5484d', '#30a46c', '#3e8bff'][axis]! }));
}

function segments(lines: readonly Segment[]): LineSegments {
  const geometry = new BufferGeometry();
  const positions = lines.flatMap(({ from, to }) => [...from, ...to]);
  const colors = lines.flatMap(({ color }) => {
    const { r, g, b } = new Color(color);
    return [r, g, b, r, g, b];
  });
  geometry.setAttribute('position', new BufferAttribute(new Float32Array(positions), 3));
  geometry.setAttribute('color', new BufferAttribute(new Float32Array(colors), 3));
  return new LineSegments(geometry, new LineBasicMaterial({ vertexColors: true }));
}

function release(line: Line): void {
  line.geometry.dispose();
  (line.material as LineBasicMaterial).dispose();
}
