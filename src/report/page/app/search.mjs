// Finds cells by a prefix of their hash, or by ADJACENCY:OPS. Hashes are computed when first asked
// for, beside the page.
import {codeOf, parseCell} from './cell.mjs';
import {h} from './dom.mjs';
import {thousands} from './format.mjs';
import {hashText} from './hash.mjs';
import {HashIndex} from './workers.mjs';

const kMost = 8;  // matches that are listed

function matchesOf(words, digits) {
  // The first digits as a number, to pass over most cells without a text.
  const bytes = Math.floor(Math.min(digits.length, 8) / 2);
  const mask = bytes === 0 ? 0 : bytes === 4 ? -1 : (1 << (8 * bytes)) - 1;
  let first = 0;
  for (let k = 0; k < bytes; ++k) first |= parseInt(digits.slice(2 * k, 2 * k + 2), 16) << (8 * k);
  const found = [];
  let count = 0;
  for (let i = 0; 4 * i < words.length; ++i) {
    if ((words[4 * i] & mask) !== first || !hashText(words, 4 * i).startsWith(digits)) continue;
    ++count;
    if (found.length < kMost) found.push(i);
  }
  return {found, count};
}

// @param select  called with a cell, and whether the reader asked for it by name
export function searchBox(cloud, select) {
  const index = new HashIndex(cloud);
  const input = h('input', {type: 'search', id: 'search', placeholder: 'hash, or ADJACENCY:OPS', spellcheck: 'false', autocomplete: 'off', autocapitalize: 'off'});
  const status = h('output', {class: 'found', for: 'search'});
  const list = h('ul', {class: 'matches'});
  let latest = 0;
  let waitsForHashes = false;

  const show = (text, cells = [], words = null) => {
    status.textContent = text;
    list.replaceChildren(...cells.map((cell) => h('li', null,
        h('button', {type: 'button', class: 'link', onclick: () => select(cell, true)}, hashText(words, 4 * cell)))));
  };

  // The hashes, once they are there; null if the reader has asked for something else meanwhile.
  const hashes = async (turn) => {
    if (!index.ready) show('computing hashes …');
    const words = await index.words((done) => {
      if (waitsForHashes) status.textContent = `computing hashes … ${Math.floor(100 * done)} %`;
    });
    return turn === latest ? words : null;
  };

  const search = async () => {
    const turn = ++latest;
    const text = input.value.trim().toLowerCase();
    waitsForHashes = false;
    if (text === '') return show('');
    if (text.includes(':')) {
      const cell = parseCell(text);
      if (!cell) return show('no cell: the text must be a V×V matrix of 0 and 1, a colon, and the operations');
      const found = cloud.find(cell.adjacency, codeOf(cell.operations));
      if (found < 0) return show('the table has no such cell');
      show('');
      return select(found, false);
    }
    if (!/^[0-9a-f]{1,32}$/.test(text)) return show('a hash has up to 32 digits 0–9, a–f');
    waitsForHashes = !index.ready;
    const words = await hashes(turn);
    if (!words) return undefined;
    waitsForHashes = false;
    const {found, count} = matchesOf(words, text);
    if (count === 1) select(found[0], false);
    const more = count > kMost ? `, ${kMost} of them here` : '';
    return show(count === 0 ? 'no cell' : `${thousands(count)} ${count === 1 ? 'cell' : 'cells'}${more}`, found, words);
  };

  let waiting;
  input.addEventListener('input', () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => search().catch((error) => show(`cannot search: ${error.message}`)), 150);
  });
  return h('div', {class: 'control search'}, h('label', {for: 'search'}, 'Find a cell'), input, status, list);
}
