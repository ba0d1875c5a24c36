// The explorer's figure: all cells as densities on a canvas, and above it as SVG the axes, the front,
// knee, extrema, and the cells that are hovered and selected.
import {channels, colour, h, svg} from './dom.mjs';

const kMargin = {top: 18, right: 18, bottom: 52, left: 64};
const kFewCells = 4000;  // up to here each is a dot
const kTile = 12;        // of the index that finds the nearest cell
const kReach = 22;       // how far from the pointer a cell may be

export class Plot {
  #canvas = h('canvas', {'aria-hidden': 'true'});
  #marks = svg('svg', {class: 'plot-marks', 'aria-hidden': 'true'});
  #pointer = svg('g');
  #width = 0;
  #height = 0;
  #ratio = 1;
  #x;  // places of cells, in pixels of the canvas
  #y;
  #tiles = null;
  #scene = null;

  // @param size  number of cells
  constructor(size) {
    this.element = h('div', {class: 'plot-area'}, this.#canvas, this.#marks);
    this.#x = new Float32Array(size);
    this.#y = new Float32Array(size);
  }

  get innerWidth() {
    return this.#width - kMargin.left - kMargin.right;
  }
  get innerHeight() {
    return this.#height - kMargin.top - kMargin.bottom;
  }
  get size() {
    return [this.#width, this.#height];
  }

  // @return whether anything changed
  measure() {
    const width = Math.max(280, Math.round(this.element.clientWidth));
    const height = Math.round(Math.min(600, Math.max(340, 0.66 * width)));
    const ratio = Math.min(2, devicePixelRatio || 1);
    if (width === this.#width && height === this.#height && ratio === this.#ratio) return false;
    [this.#width, this.#height, this.#ratio] = [width, height, ratio];
    this.#canvas.width = Math.round(this.innerWidth * ratio);
    this.#canvas.height = Math.round(this.innerHeight * ratio);
    this.#canvas.style.cssText = `left:${kMargin.left}px;top:${kMargin.top}px;width:${this.innerWidth}px;height:${this.innerHeight}px`;
    this.#marks.setAttribute('viewBox', `0 0 ${width} ${height}`);
    this.element.style.height = `${height}px`;
    return true;
  }

  // Draws everything anew.
  // @param scene  {x: {scale, values (logarithms), shift, title}, y: {scale, values (transformed),
  //               title}, mask, shown, front, knee, regions [{label, corners (logarithm,
  //               transformed)}], labels}
  draw(scene) {
    this.#scene = scene;
    this.#tiles = null;
    this.#setPlaces();
    this.#drawCells();
    this.#drawMarks();
  }

  #setPlaces() {
    const {x, y} = this.#scene;
    const kx = x.scale.scale * this.#ratio;
    const x0 = (x.scale.offset - x.shift) * kx;
    const ky = y.scale.scale * this.#ratio;
    const bottom = this.#canvas.height + y.scale.offset * ky;
    for (let i = 0; i < this.#x.length; ++i) {
      this.#x[i] = x.values[i] * kx - x0;
      this.#y[i] = bottom - y.values[i] * ky;
    }
  }

  #drawCells() {
    const context = this.#canvas.getContext('2d', {willReadFrequently: false});
    context.clearRect(0, 0, this.#canvas.width, this.#canvas.height);
    if (this.#scene.shown <= kFewCells) this.#drawDots(context);
    else this.#drawDensity(context);
  }

  #drawDots(context) {
    const radius = (this.#scene.shown < 300 ? 4 : this.#scene.shown < 1500 ? 3 : 2) * this.#ratio;
    context.fillStyle = colour('--dot');
    context.globalAlpha = this.#scene.shown < 300 ? 0.75 : 0.5;
    for (let i = 0; i < this.#x.length; ++i) {
      if (!this.#scene.mask[i] || !(this.#x[i] === this.#x[i]) || Number.isNaN(this.#y[i])) continue;
      context.beginPath();
      context.arc(this.#x[i], this.#y[i], radius, 0, 2 * Math.PI);
      context.fill();
    }
    context.globalAlpha = 1;
  }

  #drawDensity(context) {
    const {width, height} = this.#canvas;
    const counts = this.#counted(width, height);
    let most = 1;
    for (let k = 0; k < counts.length; ++k) if (counts[k] > most) most = counts[k];
    const ramp = densityRamp(most);
    const image = context.createImageData(width, height);
    const pixels = new Uint32Array(image.data.buffer);
    for (let k = 0; k < counts.length; ++k) if (counts[k] !== 0) pixels[k] = ramp[counts[k]];
    context.putImageData(image, 0, 0);
  }

  // Cells a pixel; at two pixels a point each cell covers the four of its point.
  #counted(width, height) {
    const counts = new Uint32Array(width * height);
    const {mask} = this.#scene;
    const wide = this.#ratio > 1.25;
    for (let i = 0; i < this.#x.length; ++i) {
      if (mask[i] === 0) continue;
      const x = this.#x[i] | 0;
      const y = this.#y[i] | 0;
      if (!(this.#x[i] >= 0) || !(this.#y[i] >= 0) || x >= width - 1 || y >= height - 1) continue;
      const k = y * width + x;
      ++counts[k];
      if (!wide) continue;
      ++counts[k + 1];
      ++counts[k + width];
      ++counts[k + width + 1];
    }
    return counts;
  }

  // --- Marks ---------------------------------------------------------------------------------------

  at(cell) {
    return [kMargin.left + this.#x[cell] / this.#ratio, kMargin.top + this.#y[cell] / this.#ratio];
  }

  #drawMarks() {
    this.#pointer = svg('g');
    this.#marks.replaceChildren(this.#axes(), this.#regionMarks(), this.#frontMarks(), this.#pointer);
  }

  // Outlines, cut at the figure's edges, and in the empty corner at the lower right what they are.
  #regionMarks() {
    const {x, y, regions} = this.#scene;
    const group = svg('g', {class: 'regions'});
    const left = (value) => (value - x.scale.offset) * x.scale.scale;
    const top = (value) => this.innerHeight - (value - y.scale.offset) * y.scale.scale;
    const right = kMargin.left + this.innerWidth;
    const outlines = svg('svg', {
      class: 'outlines', x: kMargin.left, y: kMargin.top, width: this.innerWidth, height: this.innerHeight,
    });
    group.append(outlines);
    regions.forEach(({label, corners}, k) => {
      const d = `M${corners.map(([cost, merit]) => [left(cost), top(merit)]).join('L')}Z`;
      const line = kMargin.top + this.innerHeight - 14 - 18 * (regions.length - 1 - k);
      outlines.append(svg('path', {class: 'casing', d}), svg('path', {class: `region region-${k}`, d}));
      group.append(svg('line', {class: `region region-${k}`, x1: right - 26, x2: right - 2, y1: line - 4, y2: line - 4}),
                   svg('text', {x: right - 32, y: line, 'text-anchor': 'end'}, label));
    });
    return group;
  }

  #axes() {
    const {x, y} = this.#scene;
    const bottom = kMargin.top + this.innerHeight;
    const right = kMargin.left + this.innerWidth;
    const group = svg('g', {class: 'axes'});
    for (const {value, label} of x.scale.ticks()) {
      const at = kMargin.left + x.scale.place(value);
      group.append(svg('line', {class: 'grid', x1: at, x2: at, y1: kMargin.top, y2: bottom}),
                   svg('text', {x: at, y: bottom + 18, 'text-anchor': 'middle'}, label));
    }
    for (const {value, label} of y.scale.ticks()) {
      const at = kMargin.top + y.scale.place(value);
      group.append(svg('line', {class: 'grid', x1: kMargin.left, x2: right, y1: at, y2: at}),
                   svg('text', {x: kMargin.left - 8, y: at, dy: '0.32em', 'text-anchor': 'end'}, label));
    }
    group.append(svg('line', {class: 'domain', x1: kMargin.left, x2: right, y1: bottom, y2: bottom}),
                 svg('text', {class: 'title', x: right, y: bottom + 40, 'text-anchor': 'end'}, x.title),
                 svg('text', {class: 'title', x: 4, y: 12}, y.title));
    return group;
  }

  #frontMarks() {
    const {front, knee} = this.#scene;
    const group = svg('g', {class: 'front'});
    if (front.length === 0) return group;
    const corners = [];
    let above = null;
    for (const cell of front) {
      const [x, y] = this.at(cell);
      if (above !== null) corners.push([x, above]);
      corners.push([x, y]);
      above = y;
    }
    corners.unshift([corners[0][0], kMargin.top + this.innerHeight]);
    corners.push([kMargin.left + this.innerWidth, above]);
    group.append(svg('polyline', {points: corners.join(' ')}));
    const many = front.length > 60;
    for (const cell of front) {
      const [cx, cy] = this.at(cell);
      group.append(svg('circle', {cx, cy, r: many ? 2.5 : 3.5}));
    }
    this.#special(group, front[0], 'extremum', this.#scene.labels.cheapest, 'right');
    if (front.length > 1)
      this.#special(group, front[front.length - 1], 'extremum', this.#scene.labels.best, 'left');
    if (knee >= 0) this.#special(group, front[knee], 'knee', 'knee', 'left');
    return group;
  }

  // Labels stand above and to the left of the front, where no cells are; where that would be outside
  // the figure, below and to the right.
  #special(group, cell, kind, label, side) {
    const [x, y] = this.at(cell);
    const shape = kind === 'knee' ? svg('path', {class: kind, d: `M${x},${y - 8}l8,8l-8,8l-8,-8z`})
        : svg('rect', {class: kind, x: x - 5.5, y: y - 5.5, width: 11, height: 11});
    const isLeft = side === 'left' && x > kMargin.left + 130;
    const place = isLeft ? {x: x - 8, y: Math.max(kMargin.top + 12, y - 12), 'text-anchor': 'end'} : {x: x + 10, y: y + 16};
    group.append(shape, svg('text', place, label));
  }

  // Rings around the hovered and the selected cell; −1: none.
  point(hovered, selected) {
    this.#pointer.replaceChildren();
    const ring = (cell, kind, r) => {
      if (cell < 0 || !Number.isFinite(this.#x[cell]) || !Number.isFinite(this.#y[cell])) return;
      const [cx, cy] = this.at(cell);
      this.#pointer.append(svg('circle', {class: `${kind} halo`, cx, cy, r}), svg('circle', {class: kind, cx, cy, r}));
    };
    ring(selected, 'selected', 10);
    ring(hovered, 'hovered', 6.5);
  }

  // --- Finding -------------------------------------------------------------------------------------

  // Cells by tile: those of tile t are `cells` from begin[t] to begin[t + 1].
  #index() {
    const columns = Math.ceil(this.innerWidth / kTile);
    const rows = Math.ceil(this.innerHeight / kTile);
    const scale = 1 / (kTile * this.#ratio);
    const tileOf = (i) => {
      const column = this.#x[i] * scale;
      const row = this.#y[i] * scale;
      return column >= 0 && row >= 0 && column < columns && row < rows ? (row | 0) * columns + (column | 0) : -1;
    };
    const begin = new Uint32Array(columns * rows + 1);
    const {mask} = this.#scene;
    for (let i = 0; i < mask.length; ++i) {
      const tile = mask[i] ? tileOf(i) : -1;
      if (tile >= 0) ++begin[tile + 1];
    }
    for (let t = 0; t < columns * rows; ++t) begin[t + 1] += begin[t];
    const next = begin.slice();
    const cells = new Uint32Array(begin[columns * rows]);
    for (let i = 0; i < mask.length; ++i) {
      const tile = mask[i] ? tileOf(i) : -1;
      if (tile >= 0) cells[next[tile]++] = i;
    }
    return {columns, rows, begin, cells};
  }

  // The shown cell nearest to a place in the element, −1 if none is near; cells of the front count
  // as nearer than they are.
  nearest(left, top) {
    this.#tiles ??= this.#index();
    const {columns, rows, begin, cells} = this.#tiles;
    const x = left - kMargin.left;
    const y = top - kMargin.top;
    let best = -1;
    let least = kReach * kReach;
    const consider = (cell, bonus) => {
      const distance = Math.hypot(this.#x[cell] / this.#ratio - x, this.#y[cell] / this.#ratio - y) - bonus;
      if (distance * Math.abs(distance) < least) {
        least = distance * Math.abs(distance);
        best = cell;
      }
    };
    for (let row = Math.floor((y - kReach) / kTile); row <= (y + kReach) / kTile; ++row) {
      for (let column = Math.floor((x - kReach) / kTile); column <= (x + kReach) / kTile; ++column) {
        if (row < 0 || column < 0 || row >= rows || column >= columns) continue;
        const tile = row * columns + column;
        for (let k = begin[tile]; k < begin[tile + 1]; ++k) consider(cells[k], 0);
      }
    }
    for (const cell of this.#scene.front) consider(cell, 5);
    return best;
  }
}

// Colours of counts 0 … most, on a logarithmic scale, as pixels in memory.
function densityRamp(most) {
  const stops = ['--density-1', '--density-2', '--density-3', '--density-4'].map((name) => channels(colour(name)));
  const ramp = new Uint32Array(most + 1);
  for (let count = 1; count <= most; ++count) {
    const place = (Math.log(count + 1) - Math.log(2)) / Math.max(1e-9, Math.log(most + 1) - Math.log(2)) * (stops.length - 1);
    const k = Math.min(stops.length - 2, Math.floor(place));
    const [r, g, b] = stops[k].map((value, channel) => Math.round(value + (place - k) * (stops[k + 1][channel] - value)));
    ramp[count] = (255 << 24) | (b << 16) | (g << 8) | r;
  }
  return ramp;
}
