// Which cells are shown.
import {kOperations} from './cell.mjs';

// Operations in a cell as a bit set, by number of interior vertices and code.
function operationSets() {
  return Array.from({length: 6}, (_, interior) => {
    const sets = new Uint8Array(3 ** interior);
    for (let code = 0; code < sets.length; ++code) {
      for (let rest = code, v = 0; v < interior; ++v, rest = Math.floor(rest / 3)) sets[code] |= 1 << rest % 3;
    }
    return sets;
  });
}

export class Filters {
  vertices = new Set([2, 3, 4, 5, 6, 7]);
  operations = kOperations.map(() => 'any');  // or 'with', 'without'
  #sets = operationSets();

  reset() {
    this.vertices = new Set([2, 3, 4, 5, 6, 7]);
    this.operations.fill('any');
  }
  // @param mask  (n), written  @return number of cells that pass
  apply(cloud, mask) {
    const ofState = (state) => this.operations.reduce((bits, each, k) => bits | (each === state ? 1 << k : 0), 0);
    const needed = ofState('with');
    const refused = ofState('without');
    const sized = Uint8Array.from({length: 8}, (_, vertices) => Number(this.vertices.has(vertices)));
    let count = 0;
    for (let i = 0; i < mask.length; ++i) {
      const set = this.#sets[cloud.vertices[i] - 2][cloud.code[i]];
      mask[i] = sized[cloud.vertices[i]] === 1 && (set & needed) === needed && (set & refused) === 0 ? 1 : 0;
      count += mask[i];
    }
    return count;
  }
}
