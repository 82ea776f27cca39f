/** Asks for a picture whenever something about the view changes, and puts what comes onto the canvases. */
import { effect } from '@preact/signals';
import type { RefObject } from 'preact';
import { useEffect } from 'preact/hooks';
import { maxLookPixels } from '../../protocol.ts';
import { useStudio } from '../studio.ts';
import { cropOf } from './crop.ts';
import { type Frame, frameIn, freeCamera, photoCamera, pictureSize } from './lookCamera.ts';
import type { Wanted } from './looker.ts';
import { PictureCanvases } from './pictureCanvases.ts';
import { snappedCamera } from './viewState.ts';

/** @param place puts the layers where the picture that was drawn belongs */
export function useLooks(
  first: RefObject<HTMLCanvasElement | null>,
  second: RefObject<HTMLCanvasElement | null>,
  place: (frame: Frame) => void,
): void {
  const { store, view, looker, drawPicture } = useStudio();
  useEffect(() => {
    /** Looks by serial: where their pictures belong, and of what they are. The camera may have left its photo when the picture of it comes. */
    const asked = new Map<number, { readonly frame: Frame; readonly outputs: readonly string[] }>();
    const canvases = new PictureCanvases([first.current!, second.current!], ({ jpeg: _, ...facts }) => {
      const look = asked.get(facts.serial);
      if (look) {
        place(look.frame);
        const shown = look.outputs.flatMap((name, output) => {
          const range = output === facts.output ? facts.range : view.ranges.value[name];
          return range ? [[name, range] as const] : [];
        });
        view.ranges.value = Object.fromEntries(shown);
      }
      for (const serial of asked.keys()) if (serial < facts.serial) asked.delete(serial);
      view.picture.value = facts;
      view.waitingSince.value = undefined;
    });
    drawPicture.value = (picture) => canvases.show(picture);

    const end = effect(() => {
      const hello = store.hello.value;
      if (!hello) return;
      const size = view.size.value;
      const photo = snappedCamera(hello.scene, view.snapped.value)?.camera;
      const frame = photo ? frameIn(size, photo) : { ...size, left: 0, top: 0 };
      const pixels = pictureSize(frame, view.detail.value, maxLookPixels);
      const camera = photo
        ? photoCamera(photo, pixels)
        : freeCamera(view.pose.value.cameraToWorld, view.fieldOfView.value, pixels);
      const [background, range] = [view.background.value, view.range.value];
      const crop = cropOf(hello.scene, view.crop.value);
      const wanted: Wanted = {
        camera,
        outputs: [view.output.value, ...(view.secondOutput.value ? [view.secondOutput.value] : [])],
        colorMap: view.colorMap.value,
        ...(background && { background }),
        ...(crop && { crop }),
        ...(range && { range }),
      };
      // Not read here: the answer would be another reason to ask.
      if (view.waitingSince.peek() === undefined) view.waitingSince.value = performance.now();
      looker.want(wanted, (serial) => asked.set(serial, { frame, outputs: wanted.outputs }));
    });
    return () => {
      end();
      looker.dispose();
      drawPicture.value = undefined;
    };
  }, [store, view, looker, drawPicture, first, second, place]);
}
