import { describe, expect, it } from 'vitest';
import { decodeNpy } from '../../../../src/data/dataparsers/llff/readNpy.ts';
import { DataError } from '../../../../src/errors.ts';
import { npyFile } from '../../../support/npy.ts';

const rows = [
  [1, 2, 3],
  [-4, 0.5, 1e10],
];

describe('decodeNpy', () => {
  it.each([{}, { type: '<f4' }, { type: '>f8' }, { fortran: true }, { version: 2 }])(
    'reads %j',
    (options) => {
      const { values, ...shape } = decodeNpy(npyFile(rows, options), 'a.npy');
      expect(shape).toEqual({ rows: 2, columns: 3 });
      expect([...values]).toEqual(rows.flat());
    },
  );

  /** As NumPy 2.4 writes `np.arange(2.).reshape(1, 2)`. */
  it('reads what NumPy wrote', () => {
    const file = Buffer.from(
      'k05VTVBZAQB2AHsnZGVzY3InOiAnPGY4JywgJ2ZvcnRyYW5fb3JkZXInOiBGYWxzZSwgJ3NoYXBlJzogKDEsIDIpLCB9ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgIAoAAAAAAAAAAAAAAAAAAPA/',
      'base64',
    );
    expect([...decodeNpy(file, 'a.npy').values]).toEqual([0, 1]);
  });

  const header = (from: string, to: string) => {
    const text = npyFile(rows).toString('latin1');
    return Buffer.from(text.replace(from, to.padEnd(from.length)), 'latin1');
  };
  it.each([
    ['text', Buffer.from('1 2 3\n'), 'is no file of NumPy, or its beginning is lost'],
    ['nothing', Buffer.alloc(0), 'is no file of NumPy, or its beginning is lost'],
    ['another version', npyFile(rows, { version: 9 }), 'has version 9 of .npy, which is not known'],
    ['a cut off header', npyFile(rows).subarray(0, 60), 'has a damaged header'],
    ['a cut off end', npyFile(rows).subarray(0, -1), 'ends before the last of its 2 x 3 values'],
    [
      'a huge shape',
      header('(2, 3)', '(9999999999, 99999)'),
      'ends before the last of its 9999999999 x 99999',
    ],
    ['other values', header("'<f8'", "'<i8'"), 'holds values of type "<i8", not float64 or float32'],
    ['objects', header("'<f8'", "'|O'"), 'holds values of type "|O", not float64 or float32'],
    ['one dimension', header('(2, 3)', '(6,)'), 'holds an array of shape (6,), not a matrix'],
  ])('refuses %s in one line', (_, bytes, message) => {
    const read = () => decodeNpy(bytes, 'a.npy');
    expect(read).toThrow(DataError);
    expect(read).toThrow(`a.npy: ${message}`);
    expect(read).not.toThrow('\n');
  });
});
