// Draws a cell as a graph: layers by longest path from the input, edges as curves that pass the
// vertices of the layers between.
import {hasEdge, incoming, kOperations} from './cell.mjs';
import {svg} from './dom.mjs';

const kLabels = ['conv 3×3', 'conv 1×1', 'max-pool 3×3'];
const kWidth = 104;
const kHeight = 24;
const kColumn = 116;  // between centres
const kRow = 46;
const kDummy = 22;  // room for an edge that passes a layer

function layersOf(cell) {
  const layer = new Array(cell.vertices).fill(0);
  for (let v = 1; v < cell.vertices; ++v) {
    for (let source = 0; source < v; ++source) {
      if (hasEdge(cell, source, v)) layer[v] = Math.max(layer[v], layer[source] + 1);
    }
  }
  return layer;
}

// Nodes by layer: vertices, and a dummy in every layer that an edge passes.
function layered(cell) {
  const layer = layersOf(cell);
  const last = layer[cell.vertices - 1];
  const rows = Array.from({length: last + 1}, () => []);
  const nodes = Array.from({length: cell.vertices}, (_, vertex) => ({vertex, row: layer[vertex], up: [], down: []}));
  for (const node of nodes) rows[node.row].push(node);
  const edges = [];
  for (let target = 1; target < cell.vertices; ++target) {
    for (let source = 0; source < target; ++source) {
      if (!hasEdge(cell, source, target)) continue;
      const path = [nodes[source]];
      for (let row = layer[source] + 1; row < layer[target]; ++row) {
        const dummy = {vertex: -1, row, up: [], down: []};
        rows[row].push(dummy);
        path.push(dummy);
      }
      path.push(nodes[target]);
      for (let k = 1; k < path.length; ++k) {
        path[k - 1].down.push(path[k]);
        path[k].up.push(path[k - 1]);
      }
      edges.push(path);
    }
  }
  return {rows, edges};
}

function widthOf(node) {
  return node.vertex < 0 ? kDummy : kColumn;
}

// Centres of a row's nodes, in order, around 0.
function spread(row) {
  const total = row.reduce((sum, node) => sum + widthOf(node), 0);
  let x = -total / 2;
  for (const node of row) {
    node.x = x + widthOf(node) / 2;
    x += widthOf(node);
  }
}

function mean(nodes, otherwise) {
  return nodes.length === 0 ? otherwise : nodes.reduce((sum, node) => sum + node.x, 0) / nodes.length;
}

function crossings({rows}) {
  let count = 0;
  for (const row of rows) {
    const pairs = row.flatMap((node) => node.down.map((below) => [node.x, below.x]));
    for (let i = 0; i < pairs.length; ++i) {
      for (let j = 0; j < i; ++j)
        if ((pairs[i][0] - pairs[j][0]) * (pairs[i][1] - pairs[j][1]) < 0) ++count;
    }
  }
  return count;
}

// Orders rows by the mean place of neighbours, down and up in turn, and keeps the order with the
// fewest crossings.
function place(graph) {
  const {rows} = graph;
  rows.forEach(spread);
  let best = null;
  let fewest = Infinity;
  for (let sweep = 0; sweep < 8; ++sweep) {
    const down = sweep % 2 === 0;
    for (const row of down ? rows : rows.slice().reverse()) {
      for (const node of row) node.wish = mean(down ? node.up : node.down, node.x);
      row.sort((a, b) => a.wish - b.wish);
      spread(row);
    }
    const count = crossings(graph);
    if (count >= fewest) continue;
    fewest = count;
    best = rows.map((row) => row.slice());
  }
  best.forEach((order, row) => {
    rows[row] = order;
    spread(order);
  });
}

// Straight through the layers, so that no vertex is touched, and curved between them.
function curve(path, y) {
  let from = [path[0].x, y(path[0].row) + kHeight / 2];
  let text = `M${from}`;
  for (const {x, row, vertex} of path.slice(1)) {
    const to = [x, y(row) - kHeight / 2 - (vertex < 0 ? 0 : 5)];
    const bend = (to[1] - from[1]) / 2;
    text += `C${[from[0], from[1] + bend, x, to[1] - bend, ...to]}`;
    from = [x, y(row) + kHeight / 2];
    if (vertex < 0) text += `L${from}`;
  }
  return text;
}

function arrow(path, y) {
  const {x, row} = path[path.length - 1];
  const tip = y(row) - kHeight / 2;
  return `M${[x, tip - 0.5]}l-3.4,-6.5h6.8z`;
}

function label(cell, vertex) {
  if (vertex === 0) return 'input';
  if (vertex === cell.vertices - 1) return 'output';
  return kLabels[cell.operations[vertex - 1]];
}

function box(cell, {vertex, x, row}, y) {
  const interior = vertex > 0 && vertex < cell.vertices - 1;
  const kind = interior ? kOperations[cell.operations[vertex - 1]] : 'end';
  return svg('g', {class: `vertex ${kind}`, transform: `translate(${x},${y(row)})`},
             svg('rect', {x: -kWidth / 2, y: -kHeight / 2, width: kWidth, height: kHeight, rx: 6}),
             interior ? svg('text', {class: 'number', x: -kWidth / 2 + 9, dy: '0.35em'}, String(vertex)) : null,
             svg('text', {x: interior ? 6 : 0, dy: '0.35em'}, label(cell, vertex)));
}

// In words, for those who do not see it.
export function description(cell) {
  const last = cell.vertices - 1;
  const names = Array.from({length: cell.vertices}, (_, v) => {
    const name = label(cell, v);
    return v === 0 || v === last ? name : `vertex ${v}, ${name}`;
  });
  const parts = [];
  for (let v = 1; v <= last; ++v) {
    const sources = [];
    for (let source = 0; source < v; ++source)
      if ((incoming(cell.adjacency, v) >>> source) & 1) sources.push(source === 0 ? 'input' : String(source));
    parts.push(`${names[v]} takes ${sources.join(' and ')}`);
  }
  return `Cell of ${cell.vertices} vertices: ${parts.join('; ')}.`;
}

// @param scale  of the drawing's natural size
export function drawCell(cell, scale = 1) {
  const graph = layered(cell);
  place(graph);
  const nodes = graph.rows.flat();
  const halves = nodes.map((node) => Math.abs(node.x) + (node.vertex < 0 ? 4 : kWidth / 2));
  const width = 2 * Math.max(...halves) + 4;
  const y = (row) => kHeight / 2 + 2 + row * kRow;
  const height = y(graph.rows.length - 1) + kHeight / 2 + 2;
  return svg('svg', {
    class: 'graph', role: 'img', 'aria-label': description(cell),
    viewBox: [-width / 2, 0, width, height].join(' '), width: width * scale, height: height * scale,
  },
  svg('g', {class: 'edges'}, graph.edges.map((path) => [svg('path', {d: curve(path, y)}), svg('path', {class: 'arrowhead', d: arrow(path, y)})])),
  nodes.filter((node) => node.vertex >= 0).map((node) => box(cell, node, y)));
}
