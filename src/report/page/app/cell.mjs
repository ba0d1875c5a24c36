// The cell space of NAS-Bench-101 as include/ecnas/space has it. A cell is an object of `vertices`,
// `adjacency` (bit target·(target − 1)/2 + source of an edge, so a graph on fewer vertices has the
// same bits) and `operations` (of the interior vertices: 0 conv3x3, 1 conv1x1, 2 maxpool3x3).

export const kOperations = ['conv3x3', 'conv1x1', 'maxpool3x3'];
export const kMaxVertices = 7;
export const kMaxEdges = 9;

export function edgeBit(source, target) {
  return (target * (target - 1)) / 2 + source;
}

export function hasEdge(cell, source, target) {
  return ((cell.adjacency >>> edgeBit(source, target)) & 1) === 1;
}

// Vertices with an edge into `target`, as a bit set.
export function incoming(adjacency, target) {
  return (adjacency >>> edgeBit(0, target)) & ((1 << target) - 1);
}

// Of a pruned cell: its output has an edge into it, so the highest bit tells.
export function verticesOf(adjacency) {
  let vertices = 2;
  while (vertices < kMaxVertices && adjacency >>> edgeBit(0, vertices) !== 0) ++vertices;
  return vertices;
}

export function edgeCount(adjacency) {
  let count = 0;
  for (let bits = adjacency; bits !== 0; bits &= bits - 1) ++count;
  return count;
}

// Labels of interior vertices as a number to base 3, vertex 1 the most significant digit.
export function codeOf(operations) {
  return operations.reduce((code, operation) => 3 * code + operation, 0);
}

export function operationsOf(code, interior) {
  const operations = new Array(interior);
  for (let v = interior - 1; v >= 0; --v) {
    operations[v] = code % 3;
    code = Math.floor(code / 3);
  }
  return operations;
}

export function cellOf(adjacency, code) {
  const vertices = verticesOf(adjacency);
  return {vertices, adjacency, operations: operationsOf(code, vertices - 2)};
}

// `0110001000010000:conv3x3,maxpool3x3`, as the command line writes a cell.
export function textOf(cell) {
  let digits = '';
  for (let source = 0; source < cell.vertices; ++source) {
    for (let target = 0; target < cell.vertices; ++target)
      digits += source < target && hasEdge(cell, source, target) ? '1' : '0';
  }
  return `${digits}:${cell.operations.map((operation) => kOperations[operation]).join(',')}`;
}

// The cell that a text says, by its representative; null if it says none.
export function parseCell(text) {
  const match = /^\s*([01]+)\s*:\s*([a-z0-9,\s-]*)$/i.exec(text);
  if (!match) return null;
  const vertices = Math.sqrt(match[1].length);
  const names = match[2].split(',').map((name) => name.trim().toLowerCase().replace('-bn-relu', ''));
  const operations = names.filter((name) => name !== '').map((name) => kOperations.indexOf(name));
  if (!Number.isInteger(vertices) || vertices < 2 || vertices > kMaxVertices) return null;
  if (operations.length !== vertices - 2 || operations.includes(-1)) return null;
  let adjacency = 0;
  for (let source = 0; source < vertices; ++source) {
    for (let target = 0; target < vertices; ++target) {
      if (match[1][source * vertices + target] !== '1') continue;
      if (source >= target) return null;
      adjacency |= 1 << edgeBit(source, target);
    }
  }
  const cell = pruned({vertices, adjacency, operations});
  return cell && canonical(cell);
}

// Renumbers vertices; `number[v]` is the new number of v, −1 of one that goes. All edges must run
// forward in the new numbers.
function renumbered(cell, number, vertices) {
  let adjacency = 0;
  const operations = new Array(vertices - 2);
  for (let target = 1; target < cell.vertices; ++target) {
    for (let source = 0; source < target; ++source) {
      if (!hasEdge(cell, source, target) || number[source] < 0 || number[target] < 0) continue;
      adjacency |= 1 << edgeBit(number[source], number[target]);
    }
  }
  for (let v = 1; v < cell.vertices - 1; ++v) {
    if (number[v] >= 0) operations[number[v] - 1] = cell.operations[v - 1];
  }
  return {vertices, adjacency, operations};
}

// Without vertices that are on no path from input to output; null if it is no cell.
export function pruned(cell) {
  const last = cell.vertices - 1;
  let fromInput = 1;
  for (let v = 1; v <= last; ++v) {
    if ((incoming(cell.adjacency, v) & fromInput) !== 0) fromInput |= 1 << v;
  }
  let toOutput = 1 << last;
  for (let v = last; v > 0; --v) {
    if ((toOutput >>> v) & 1) toOutput |= incoming(cell.adjacency, v);
  }
  const kept = fromInput & toOutput;
  if ((kept & 1) === 0 || (kept >>> last) !== 1) return null;
  let vertices = 0;
  const number = [];
  for (let v = 0; v <= last; ++v) number.push((kept >>> v) & 1 ? vertices++ : -1);
  const result = renumbered(cell, number, vertices);
  return edgeCount(result.adjacency) <= kMaxEdges ? result : null;
}

// Orders in which a cell's interior vertices can be numbered so that all edges run forward.
function* forwardNumberings(cell, number = [0], placed = 1) {
  if (number.length === 1 && placed === 1) number = new Array(cell.vertices).fill(-1), number[0] = 0;
  if (placed === cell.vertices - 1) {
    number[placed] = placed;
    yield number;
    return;
  }
  for (let v = 1; v < cell.vertices - 1; ++v) {
    if (number[v] >= 0) continue;
    let ready = true;
    for (let source = 1; source < v && ready; ++source)
      ready = number[source] >= 0 || !hasEdge(cell, source, v);
    if (!ready) continue;
    number[v] = placed;
    yield* forwardNumberings(cell, number, placed + 1);
    number[v] = -1;
  }
}

// The representative: least adjacency, then least operations in order, over all labellings.
export function canonical(cell) {
  let best = null;
  let bestCode = 0;
  for (const number of forwardNumberings(cell)) {
    const other = renumbered(cell, number, cell.vertices);
    const code = codeOf(other.operations);
    if (!best || other.adjacency < best.adjacency ||
        (other.adjacency === best.adjacency && code < bestCode)) {
      best = other;
      bestCode = code;
    }
  }
  return best;
}

function reaches(cell, source, target) {
  let reached = 1 << source;
  for (let v = source + 1; v <= target; ++v) {
    if ((incoming(cell.adjacency, v) & reached) !== 0) reached |= 1 << v;
  }
  return ((reached >>> target) & 1) === 1;
}

// One more edge, from `early` to the lower-numbered `late`, which does not reach it: what `late`
// reaches moves behind.
function withBackwardEdge(cell, early, late) {
  const number = Array.from({length: cell.vertices}, (_, v) => v);
  let next = late;
  for (const behind of [false, true]) {
    for (let v = late; v <= early; ++v) {
      if (reaches(cell, late, v) === behind) number[v] = next++;
    }
  }
  const result = renumbered(cell, number, cell.vertices);
  result.adjacency |= 1 << edgeBit(number[early], number[late]);
  return result;
}

function* edits(cell) {
  const last = cell.vertices - 1;
  for (let target = 1; target <= last; ++target) {
    for (let source = 0; source < target; ++source) {
      const sign = hasEdge(cell, source, target) ? '−' : '+';
      yield [{...cell, adjacency: cell.adjacency ^ (1 << edgeBit(source, target))},
             `${sign} edge ${source} → ${target}`];
    }
  }
  for (let early = 2; early < last; ++early) {
    for (let late = 1; late < early; ++late) {
      if (!reaches(cell, late, early))
        yield [withBackwardEdge(cell, early, late), `+ edge ${early} → ${late}`];
    }
  }
  for (let v = 1; v < last; ++v) {
    for (let operation = 0; operation < kOperations.length; ++operation) {
      const operations = cell.operations.slice();
      operations[v - 1] = operation;
      yield [{...cell, operations}, `${v}: ${kOperations[cell.operations[v - 1]]} → ${kOperations[operation]}`];
    }
  }
}

// Cells one edit away, as `ecnas::space::neighbours` finds them: the representative of each with
// the first edit that leads to it. `cell` must be a representative.
export function neighbours(cell) {
  const found = new Map([[`${cell.adjacency}:${codeOf(cell.operations)}`, null]]);
  for (const [edited, edit] of edits(cell)) {
    const full = pruned(edited);
    if (!full) continue;
    const other = canonical(full);
    const key = `${other.adjacency}:${codeOf(other.operations)}`;
    if (!found.has(key)) found.set(key, {cell: other, edit, vertices: other.vertices - cell.vertices});
  }
  return [...found.values()].filter((entry) => entry !== null);
}
