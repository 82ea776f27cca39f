/** Reads an XML file of a data set. */
import { DOMParser, type Element } from '@xmldom/xmldom';
import { DataError } from '../../../errors.ts';
import { readDataText } from '../../readDataFile.ts';

/** An element, as far as data sets need it. */
export interface XmlElement {
  attribute(name: string): string | undefined;
  readonly text: string;
  /** The first child of this name. */
  child(name: string): XmlElement | undefined;
  /** All elements of this name below it, in the order of the file. */
  all(name: string): XmlElement[];
}

/**
 * The outermost element of `file`.
 * @throws DataError, one line, for what is no XML file or is cut off
 */
export async function readXml(file: string): Promise<XmlElement> {
  const text = await readDataText(file);
  const problem = (message: string) =>
    new DataError(
      `${file}: is no XML file, or was damaged or cut off (${message.split('\n')[0]}). Export it again.`,
      file,
    );
  try {
    const parser = new DOMParser({
      onError: (level, message) => {
        if (level !== 'warning') throw problem(message);
      },
    });
    const root = parser.parseFromString(text, 'text/xml').documentElement;
    if (root === null) throw problem('it is empty');
    return wrap(root);
  } catch (error) {
    throw error instanceof DataError
      ? error
      : problem(error instanceof Error ? error.message : String(error));
  }
}

function wrap(element: Element): XmlElement {
  return {
    attribute: (name) => element.getAttribute(name) ?? undefined,
    text: element.textContent ?? '',
    child(name) {
      for (let node = element.firstChild; node !== null; node = node.nextSibling)
        if (node.nodeName === name) return wrap(node as Element);
      return undefined;
    },
    all: (name) => Array.from(element.getElementsByTagName(name), wrap),
  };
}
