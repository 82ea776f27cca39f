/** Tables of pages that need nothing beside them, sorted by whoever reads: style and script, to stand in the page. */

/**
 * Sorts a page's one `tbody`: a click on a head with `data-sort` by its column, a second one the other way round. Cells say with `data-value`
 * what they are sorted by, as numbers where both are; those without it, or with an empty one, come last both ways.
 */
export const sortedTableScript = `
for (const head of document.querySelectorAll('th[data-sort]'))
  head.addEventListener('click', () => {
    const body = document.querySelector('tbody');
    const value = (row) => row.cells[head.cellIndex].dataset.value ?? '';
    const sign = (head.dataset.sort = head.dataset.sort === 'up' ? 'down' : 'up') === 'up' ? 1 : -1;
    const order = (a, b) => {
      const [x, y] = [value(a), value(b)];
      if ((x === '') !== (y === '')) return x === '' ? 1 : -1;
      return sign * (isNaN(x) || isNaN(y) ? x.localeCompare(y) : x - y);
    };
    body.append(...[...body.rows].sort(order));
  });
`;

/** Lines between rows; heads that sort look like it, and stay in sight. */
export const sortedTableStyle = `
table { border-collapse: collapse; }
th, td { padding: 4px 8px; text-align: left; border-bottom: 1px solid #ddd; }
th[data-sort] { cursor: pointer; text-decoration: underline dotted; }
thead { position: sticky; top: 0; background: #fff; }
`;
