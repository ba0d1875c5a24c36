// Decodes the cells of a page (docs/formats/page.md).
import {counts} from './skeleton.mjs';
import {verticesOf} from './cell.mjs';

export function bytesOfBase64(text) {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; ++i) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

async function inflated(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

// Bytes of equal weight lie together, the least first.
function fromPlanes(bytes, width, result) {
  const count = bytes.length / width;
  for (let i = 0; i < count; ++i) {
    let word = 0;
    for (let plane = width - 1; plane >= 0; --plane) word = (word << 8) | bytes[plane * count + i];
    result[i] = word;
  }
  return result;
}

const kAbsent = 0xffff;
const kAbsentDifference = 0x8000;

// Words of a column, those of another added where it holds differences.
function wordsOf(bytes, base) {
  const words = fromPlanes(bytes, 2, new Uint16Array(bytes.length / 2));
  if (!base) return words;
  for (let i = 0; i < words.length; ++i) {
    const below = base[i] === kAbsent ? 0 : base[i];
    words[i] = words[i] === kAbsentDifference ? kAbsent : words[i] + below;
  }
  return words;
}

function valuesOf(words, {scale, low, step}) {
  const table = Float32Array.from({length: kAbsent + 1}, (_, word) => {
    const value = low + step * word;
    return scale === 'log' ? Math.exp(value) : value;
  });
  table[kAbsent] = NaN;
  return Float32Array.from(words, (word) => table[word]);
}

const kDecoders = {
  u8: (bytes) => bytes,
  'delta-u32': (bytes) => {
    const result = fromPlanes(bytes, 4, new Uint32Array(bytes.length / 4));
    for (let i = 1; i < result.length; ++i) result[i] += result[i - 1];
    return result;
  },
  f32: (bytes) => new Float32Array(fromPlanes(bytes, 4, new Uint32Array(bytes.length / 4)).buffer),
};

function decoded(columns, streams) {
  const words = new Map();
  return columns.map((column, k) => {
    if (column.encoding !== 'u16') return kDecoders[column.encoding](streams[k]);
    words.set(k, wordsOf(streams[k], words.get(column.base)));
    return valuesOf(words.get(k), column);
  });
}

// All columns, and what follows from the cells alone: vertices, parameters, FLOPs.
// @return arrays whose buffers can be moved to another thread
export async function decode(header, text) {
  const bytes = bytesOfBase64(text);
  const streams = await Promise.all(header.columns.map(({bytes: [begin, length]}) =>
      inflated(bytes.subarray(begin, begin + length))));
  const columns = decoded(header.columns, streams);
  if (columns.some((column) => column.length !== header.cells)) throw new Error('their data are damaged');
  const adjacency = columns[header.adjacency];
  const code = columns[header.code];
  return {
    columns,
    vertices: Uint8Array.from(adjacency, verticesOf),
    parameters: counts(adjacency, code, header.skeleton, false),
    flops: counts(adjacency, code, header.skeleton, true),
  };
}

const kProvenances = ['absent', 'measured', 'scaled', 'predicted'];

// One metric of all cells. Values are as the table stores them, at its PUE.
class Metric {
  #header;
  #columns;
  #budgets;

  constructor(header, columns, cloud) {
    this.#header = header;
    this.#columns = columns;
    this.#budgets = cloud.epochs;
    this.name = header.name;
    this.unit = header.unit;
    this.isFraction = header.kind === 'fraction';
    this.followsPue = header.kind === 'energy';
    this.hasIntervals = header.interval.kind !== 'none' && header.interval.kind !== 'left_out';
    this.intervalsLeftOut = header.interval.kind === 'left_out';
    this.cloud = cloud;
  }
  // Stored values of a budget before `factor`.
  base(budget) {
    return this.#columns[this.#header.values[this.#header.proportional ? 0 : budget]];
  }
  factor(budget) {
    return this.#header.proportional ? this.#budgets[budget] / this.#budgets[0] : 1;
  }
  value(cell, budget) {
    return this.base(budget)[cell] * this.factor(budget);
  }
  provenance(cell, budget) {
    if (Number.isNaN(this.base(budget)[cell])) return 'absent';
    const {same, columns} = this.#header.provenance;
    return kProvenances[same ? same[budget] : this.#columns[columns[budget]][cell]];
  }
  outOfRange(cell) {
    const column = this.#header.out_of_range;
    return column !== undefined && this.#columns[column][cell] === 1;
  }
  // [lower, upper] of 90 %, or null where none is known.
  interval(cell, budget) {
    const {interval} = this.#header;
    const value = this.value(cell, budget);
    if (interval.kind === 'columns') {
      const bounds = [interval.lower, interval.upper].map((side) => this.#columns[side[budget]][cell]);
      return bounds.every(Number.isFinite) ? bounds : null;
    }
    if (interval.kind !== 'by_vertices') return null;
    const vertices = this.cloud.vertices[cell];
    const ratios = [interval.lower, interval.upper].map((side) => side[budget][vertices - 2]);
    if (!Number.isFinite(value) || ratios.includes(null)) return null;
    if (!this.isFraction) return ratios.map((ratio) => value * ratio);
    return ratios.map((ratio) => Math.min(1, Math.max(0, 1 - (1 - value) * ratio)));
  }
}

// The cells of a page: what the header says and `decode` found.
export class Cloud {
  constructor(header, decoded) {
    this.table = header.table;
    this.epochs = header.epochs;
    this.skeleton = header.skeleton;
    this.pue = header.pue ?? null;
    this.intensity = header.carbon_intensity_g_per_kwh ?? null;
    this.intensityIsStated = header.carbon_intensity_is_stated ?? false;
    this.adjacency = decoded.columns[header.adjacency];
    this.code = decoded.columns[header.code];
    this.size = this.adjacency.length;
    this.vertices = decoded.vertices;
    this.parameters = decoded.parameters;
    this.flops = decoded.flops;
    this.regions = header.regions ?? {epochs: 0, outlines: []};
    this.metrics = header.metrics.map((metric) => new Metric(metric, decoded.columns, this));
  }
  metric(name) {
    return this.metrics.find((metric) => metric.name === name) ?? null;
  }
  // Position of a representative, −1 if the table lacks it: cells are in order of adjacency and code.
  find(adjacency, code) {
    let low = 0;
    let high = this.size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const before = this.adjacency[middle] < adjacency ||
          (this.adjacency[middle] === adjacency && this.code[middle] < code);
      if (before) low = middle + 1;
      else high = middle;
    }
    return this.adjacency[low] === adjacency && this.code[low] === code ? low : -1;
  }
}
