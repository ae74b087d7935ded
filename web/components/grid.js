// Keyboard navigation in a grid.

/**
 * The cell that a key leads to, or null.
 * @param {string} key
 * @param {number} index
 * @param {number} count
 * @param {number} columns
 * @param {boolean} fromRight whether the page is written from right to left
 */
export function nextCell(key, index, count, columns, fromRight = false) {
  const along = fromRight ? -1 : 1;
  const step = /** @type {Record<string, number>} */ ({
    ArrowLeft: -along,
    ArrowRight: along,
    ArrowUp: -columns,
    ArrowDown: columns,
    Home: -index,
    End: count - 1 - index,
  })[key];
  const next = index + step;
  return step !== undefined && next >= 0 && next < count ? next : null;
}
