/** In the browser: a .glb file, drawn by three.js (https://threejs.org) at a camera of ours. */
import { PerspectiveCamera, Scene, WebGLRenderer } from 'three';
import { GLTFLoader } from 'three/examples/jsm/loaders/GLTFLoader.js';
import { standAt } from './standAt.ts';

/** What is drawn: bytes of a file, and a camera with OpenGL's axes in glTF's coordinates. */
export interface MeshDrawing {
  /** Base64. */
  readonly bytes: string;
  readonly width: number;
  readonly height: number;
  /** Degrees from top to bottom. */
  readonly fieldOfView: number;
  /** [3, 4] row-major */
  readonly cameraToWorld: readonly number[];
}

/** @returns the picture over white, a PNG as data URL */
async function draw({ bytes, width, height, fieldOfView, cameraToWorld }: MeshDrawing): Promise<string> {
  const renderer = new WebGLRenderer({ antialias: true, preserveDrawingBuffer: true });
  renderer.setSize(width, height);
  renderer.setClearColor(0xffffff, 1);
  document.body.append(renderer.domElement);
  const file = Uint8Array.from(atob(bytes), (letter) => letter.charCodeAt(0));
  const { scene: model } = await new GLTFLoader().parseAsync(file.buffer, '');
  const scene = new Scene();
  scene.add(model);
  const camera = new PerspectiveCamera(fieldOfView, width / height, 0.01, 100);
  standAt(camera, cameraToWorld);
  renderer.render(scene, camera);
  const picture = renderer.domElement.toDataURL('image/png');
  renderer.dispose();
  renderer.domElement.remove();
  return picture;
}

Object.assign(globalThis, { draw });
