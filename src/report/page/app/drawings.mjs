// Cells drawn where the page holds their texts.
import {parseCell} from './cell.mjs';
import {drawCell} from './graph.mjs';

export function drawCells() {
  for (const text of document.querySelectorAll('.drawn-cell')) {
    const cell = parseCell(text.textContent);
    if (cell) text.before(drawCell(cell));
  }
}
