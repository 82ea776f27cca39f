import { describe, expect, it } from 'vitest';
import { api, clientMessage, decodePicture, encodePicture, type Picture } from '../../src/studio/protocol.ts';

const camera = { cameraToWorld: [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0], width: 4, height: 3, fx: 4, fy: 4 };

describe('pictures', () => {
  const picture: Picture = {
    serial: 4_000_000_000,
    output: 1,
    step: 123_456,
    isSharp: true,
    width: 480,
    height: 270,
    milliseconds: 12.5,
    range: [0.5, 8],
    jpeg: Uint8Array.of(255, 216, 255),
  };

  it('are the same after the way', () => {
    expect(decodePicture(encodePicture(picture).buffer as ArrayBuffer)).toEqual(picture);
  });

  it('of colours have no range', () => {
    const { range: _, ...colours } = picture;
    expect(decodePicture(encodePicture(colours).buffer as ArrayBuffer)).toEqual(colours);
  });

  it('have their step at byte 8 and their pixels from byte 32 on', () => {
    const bytes = encodePicture(picture);
    expect([...bytes.subarray(8, 12)]).toEqual([0x40, 0xe2, 0x01, 0x00]);
    expect([...bytes.subarray(32)]).toEqual([255, 216, 255]);
  });

  it('that are none are refused', () => {
    expect(() => decodePicture(new ArrayBuffer(31))).toThrow(RangeError);
    expect(() => decodePicture(new ArrayBuffer(64))).toThrow(RangeError);
  });
});

describe('messages of the page', () => {
  it.each([
    { type: 'look', serial: 1, camera, outputs: ['rgb'] },
    { type: 'unlook' },
    { type: 'shown' },
    { type: 'request', id: 3, request: { type: 'trainer.pause' } },
    { type: 'share', value: 0.5 },
  ])('$type is understood', (message) => {
    expect(clientMessage.safeParse(message).success).toBe(true);
  });

  it.each([
    [
      'too many pixels',
      { type: 'look', serial: 1, camera: { ...camera, width: 8000, height: 8000 }, outputs: ['rgb'] },
    ],
    ['three outputs', { type: 'look', serial: 1, camera, outputs: ['rgb', 'depth', 'normals'] }],
    ['a key that nobody knows', { type: 'unlook', path: '/etc/passwd' }],
    ['a share above all', { type: 'share', value: 2 }],
    ['no message', null],
  ])('%s is refused', (_, message) => {
    expect(clientMessage.safeParse(message).success).toBe(false);
  });
});

it('a name in an address stays one part of it', () => {
  expect(api.picture('../runs', '../../etc/passwd')).toBe(
    '/api/runs/..%2Fruns/pictures/..%2F..%2Fetc%2Fpasswd',
  );
});
