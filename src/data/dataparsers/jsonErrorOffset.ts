/** Finds where a text stops being JSON: JSON.parse does not always say. */

/** The offset of the first character that cannot stand there; the text's length if it was cut off or has no error. */
export function jsonErrorOffset(text: string): number {
  const open: string[] = [];
  /** What may come next. `...OrEnd`: right after an opening bracket, which may be closed at once. */
  let expected: 'value' | 'valueOrEnd' | 'keyOrEnd' | 'key' | 'colon' | 'next' = 'value';
  const space = /[ \t\n\r]*/y;
  /** A mark, or a string, or a number or word. */
  const token =
    /([{}[\],:])|("(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-])/uy;
  /** What is left of a string, number or word where the text was cut off. */
  const cutOff = /^(?:"(?:[^"\\]|\\.)*\\?|[\w.+-]*)$/s;
  let begin = 0;
  for (;;) {
    space.lastIndex = begin;
    space.exec(text);
    begin = space.lastIndex;
    token.lastIndex = begin;
    const match = token.exec(text);
    if (match === null) return cutOff.test(text.slice(begin)) ? text.length : begin;
    const [, mark, string] = match;
    const inObject = open.at(-1) === '{';
    if (mark === '}' || mark === ']') {
      const may = expected === 'next' || expected === (mark === '}' ? 'keyOrEnd' : 'valueOrEnd');
      if (!may || open.length === 0 || inObject !== (mark === '}')) return begin;
      open.pop();
      expected = 'next';
    } else if (mark === ',') {
      if (expected !== 'next' || open.length === 0) return begin;
      expected = inObject ? 'key' : 'value';
    } else if (mark === ':') {
      if (expected !== 'colon') return begin;
      expected = 'value';
    } else if (expected === 'key' || expected === 'keyOrEnd') {
      if (string === undefined) return begin;
      expected = 'colon';
    } else if (expected !== 'value' && expected !== 'valueOrEnd') return begin;
    else if (mark === undefined) expected = 'next';
    else {
      open.push(mark);
      expected = mark === '{' ? 'keyOrEnd' : 'valueOrEnd';
    }
    begin = token.lastIndex;
  }
}
