/** In the browser: puts a camera of three.js where one of ours stands. */
import { type Camera, Matrix4 } from 'three';

type Four = [number, number, number, number];
type Sixteen = [...Four, ...Four, ...Four, ...Four];

/** @param cameraToWorld [3, 4] row-major, OpenGL axes */
export function standAt(camera: Camera, cameraToWorld: readonly number[]): void {
  camera.matrixAutoUpdate = false;
  camera.matrix.copy(new Matrix4().set(...([...cameraToWorld, 0, 0, 0, 1] as Sixteen)));
  camera.updateMatrixWorld(true);
}
