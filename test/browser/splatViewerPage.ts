/** In the browser: a file of splats, drawn by spark (https://sparkjs.dev) through three.js, at a camera of ours. */
import { SparkRenderer, SplatMesh } from '@sparkjsdev/spark';
import { PerspectiveCamera, Scene, WebGLRenderer } from 'three';
import { standAt } from './standAt.ts';

/** What is drawn: bytes of a file, and a pinhole camera with OpenGL's axes. */
export interface Drawing {
  /** Base64. */
  readonly bytes: string;
  readonly fileName: string;
  readonly width: number;
  readonly height: number;
  readonly fx: number;
  readonly fy: number;
  readonly cx: number;
  readonly cy: number;
  /** [3, 4] row-major */
  readonly cameraToWorld: readonly number[];
  readonly cutoff: number;
}

const ready = ({ activeSplats, sorting, sortDirty, dirty }: SparkRenderer) =>
  activeSplats > 0 && !sorting && !sortDirty && !dirty;

/** @returns the picture over black, a PNG as data URL */
async function draw(drawing: Drawing): Promise<string> {
  const { width, height, fx, fy, cx, cy, cutoff } = drawing;
  const renderer = new WebGLRenderer({ antialias: false, preserveDrawingBuffer: true });
  renderer.setSize(width, height);
  renderer.setClearColor(0x000000, 1);
  document.body.append(renderer.domElement);
  const scene = new Scene();
  // As the splats were trained: 0.3 pixels² are added to the covariance and take nothing from the opacity; nothing fainter than the cutoff counts.
  const spark = new SparkRenderer({
    ...{ renderer, preBlurAmount: 0.3, blurAmount: 0, minAlpha: cutoff, sortRadial: false },
    ...{
      maxStdDev: Math.sqrt(2 * Math.log(1 / cutoff)),
      focalAdjustment: 1,
      enableLod: false,
      accumExtSplats: true,
    },
  });
  scene.add(spark);
  const fileBytes = Uint8Array.from(atob(drawing.bytes), (letter) => letter.charCodeAt(0));
  // Extended: positions in float32, where the viewer's packed form has float16.
  const mesh = new SplatMesh({ fileBytes, fileName: drawing.fileName, extSplats: true });
  await mesh.initialized;
  scene.add(mesh);
  const camera = new PerspectiveCamera();
  standAt(camera, drawing.cameraToWorld);
  const [near, far] = [0.01, 1000];
  Object.assign(camera, { near, far });
  camera.projectionMatrix.set(
    ...([(2 * fx) / width, 0, 1 - (2 * cx) / width, 0] as Four),
    ...([0, (2 * fy) / height, (2 * cy) / height - 1, 0] as Four),
    ...([0, 0, (far + near) / (near - far), (2 * far * near) / (near - far)] as Four),
    ...([0, 0, -1, 0] as Four),
  );
  camera.projectionMatrixInverse.copy(camera.projectionMatrix).invert();
  // The viewer reads, projects and sorts beside the drawing: until it has nothing left to do, and a few frames more.
  for (let settled = 0; settled < 3; settled += ready(spark) ? 1 : 0) {
    renderer.render(scene, camera);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const picture = renderer.domElement.toDataURL('image/png');
  renderer.dispose();
  renderer.domElement.remove();
  return picture;
}
type Four = [number, number, number, number];

Object.assign(globalThis, { draw });
