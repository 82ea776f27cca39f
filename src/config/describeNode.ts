/** Says in words what a configuration key expects. */
import { alternatives, type SchemaNode } from './configJsonSchema.ts';

/**
 * What a value must be, in words.
 * @example describeNode({ type: 'integer', exclusiveMinimum: 0 }) // 'a whole number > 0'
 */
export function describeNode(node: SchemaNode): string {
  const options = alternatives(node);
  if (options.length > 1 || options[0] !== node) return [...new Set(options.map(describeNode))].join(' or ');
  if (node.const !== undefined) return String(node.const);
  if (node.enum !== undefined) return `one of ${node.enum.join(', ')}`;
  switch (node.type) {
    case 'integer':
      return `a whole number${range(node)}`;
    case 'number':
      return `a number${range(node)}`;
    case 'string':
      return 'text';
    case 'boolean':
      return 'true or false';
    case 'null':
      return 'null';
    case 'array':
      return node.prefixItems === undefined ? 'a list' : `a list of ${node.prefixItems.length}`;
    default:
      return 'a section of keys';
  }
}

function range(node: SchemaNode): string {
  const bounds = [
    node.exclusiveMinimum !== undefined && `> ${node.exclusiveMinimum}`,
    node.minimum !== undefined && `>= ${node.minimum}`,
    node.exclusiveMaximum !== undefined && `< ${node.exclusiveMaximum}`,
    node.maximum !== undefined && `<= ${node.maximum}`,
    node.multipleOf !== undefined && `a multiple of ${node.multipleOf}`,
  ].filter((bound) => bound !== false);
  return bounds.length === 0 ? '' : ` ${bounds.join(', ')}`;
}
