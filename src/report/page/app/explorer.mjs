// The interactive figure of all cells: controls, plot, card, and the same in words.
import {codeOf, kOperations, parseCell} from './cell.mjs';
import {largeCard, smallCard} from './card.mjs';
import {checks, choice, number, options} from './controls.mjs';
import {h} from './dom.mjs';
import {Filters} from './filters.mjs';
import {thousands} from './format.mjs';
import {frontOf, kneeOf} from './front.mjs';
import {hashOf} from './hash.mjs';
import {liveTable} from './live.mjs';
import {Plot} from './plot.mjs';
import {Readings, withUnit} from './readings.mjs';
import {accuracyScale, costScale} from './scales.mjs';
import {searchBox} from './search.mjs';
import {onTheme} from './theme.mjs';

export class Explorer {
  #cloud;
  #readings;
  #live;
  #plot;
  #filters = new Filters();
  #mask;
  #shown = 0;
  #budget;
  #x;
  #y;
  #byError = true;
  #front = [];
  #knee = -1;
  #hovered = -1;
  #selected = -1;
  #transforms = new Map();
  #ranges = new Map();
  #pending = false;
  #parts = {};

  constructor(figure, cloud) {
    if (cloud.size === 0) throw new Error('the table holds none');
    this.#cloud = cloud;
    this.#readings = new Readings(cloud);
    this.#live = liveTable(cloud, (cell) => cell === this.#selected && this.#showCard());
    this.#mask = new Uint8Array(cloud.size);
    this.#budget = Math.max(0, cloud.epochs.length - 1);
    this.#y = this.#readings.accuracies[0] ?? null;
    this.#x = this.#readings.costs[0];
    this.#plot = new Plot(cloud.size);
    this.#lay(figure);
    this.#listen();
    this.update();
    this.select(this.#knee >= 0 ? this.#front[this.#knee] : this.#front[0] ?? 0);
  }

  // --- Layout --------------------------------------------------------------------------------------

  #lay(figure) {
    const parts = this.#parts;
    parts.costs = h('div', {class: 'holder'});
    parts.filters = h('div', {class: 'controls filters'});
    parts.shown = h('output', {class: 'shown'});
    parts.tip = h('div', {class: 'tip', hidden: true});
    parts.card = h('aside', {class: 'card', 'aria-label': 'The chosen cell'});
    parts.live = h('p', {class: 'offscreen', 'aria-live': 'polite'});
    parts.summary = h('p', {class: 'summary'});
    parts.frontTable = h('div', {class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'The front as a table'});
    parts.frontDetails = h('details', {class: 'front-details'}, h('summary', null, 'The front as a table'), parts.frontTable);
    parts.stage = h('div', {
      class: 'stage', tabindex: '0', role: 'application', 'aria-roledescription': 'figure',
      'aria-label': 'All cells, cost against accuracy. Left and right arrow keys go along the Pareto front, Home and End to its ends, Enter opens a cell’s card.',
    }, this.#plot.element, parts.tip);
    const content = [
      this.#controls(), parts.filters,
      h('div', {class: 'columns'},
        h('div', {class: 'main-column'}, this.#y ? parts.stage : this.#noAccuracy(), parts.shown, parts.summary,
          parts.frontDetails,
          figure.querySelector('figcaption')),
        parts.card),
      parts.live,
    ];
    figure.querySelector('.waiting').remove();
    figure.prepend(...content);
    this.#layFilters();
  }

  #noAccuracy() {
    return h('p', {class: 'warning'}, 'This table holds no accuracies, so there is no figure of cost against accuracy. Cells can still be searched.');
  }

  #controls() {
    const cloud = this.#cloud;
    const row = h('div', {class: 'controls', role: 'group', 'aria-label': 'What the figure shows'});
    if (cloud.epochs.length > 0) {
      row.append(choice('Budget, epochs', cloud.epochs.map((epochs, k) => [k, thousands(epochs)]), this.#budget,
                        (budget) => this.#change(() => (this.#budget = budget))));
    }
    row.append(this.#parts.costs);
    this.#layCosts();
    if (this.#readings.accuracies.length > 1) {
      row.append(options('Accuracy', this.#readings.accuracies.map(({key, title}) => [key, title]), this.#y.key,
                         (key) => this.#change(() => (this.#y = this.#readings.accuracies.find((each) => each.key === key)))));
    }
    if (this.#y) {
      row.append(choice('Accuracy axis', [['error', 'by log error'], ['linear', 'linear']], 'error',
                        (kind) => this.#change(() => (this.#byError = kind === 'error'))));
    }
    if (cloud.metric('energy_kwh')) this.#addConversions(row);
    return row;
  }

  // Emissions need a carbon intensity: without one they are no choice.
  #layCosts() {
    const costs = this.#readings.costs.filter((cost) => cost.available());
    this.#parts.costs.replaceChildren(options('Cost', costs.map(({key, title}) => [key, title]), this.#x.key, (key) =>
        this.#change(() => (this.#x = this.#readings.costs.find((each) => each.key === key)))));
  }

  #addConversions(row) {
    const {pue, intensity, intensityIsStated} = this.#cloud;
    row.append(
        number('PUE', '', pue, {
          min: 1, max: 100, step: 0.01, disabled: pue === null,
          hint: pue === null ? 'not stated by the table' : `table: ${pue}`,
        }, (value) => this.#change(() => (this.#readings.pue = value))),
        number('Carbon intensity', 'g/kWh', intensity === null ? null : Number(intensity.toPrecision(4)), {
          min: 0, max: 100000, step: 1, hint: intensity === null ? 'not stated by the table'
              : `table: ${Number(intensity.toPrecision(4))}${intensityIsStated ? '' : ' (median)'}`,
        }, (value) => this.#change(() => {
          const before = this.#readings.intensity > 0;
          this.#readings.intensity = value;
          if (!(value > 0) && this.#x.key === 'co2eq') this.#x = this.#readings.costs[0];
          if (value > 0 !== before) this.#layCosts();
        })));
  }

  #layFilters() {
    const filters = this.#filters;
    const parts = this.#parts;
    const sizes = [...new Set(this.#cloud.vertices)].sort();
    filters.vertices = new Set(sizes);
    const states = [['any', 'any'], ['with', 'with'], ['without', 'none']];
    parts.search ??= searchBox(this.#cloud, (cell, focus) => this.select(cell, focus));
    parts.reset ??= h('button', {type: 'button', class: 'reset', onclick: () => this.#change(() => {
      filters.reset();
      this.#layFilters();
      parts.reset.focus();
    })}, 'Show all cells');
    parts.filters.replaceChildren(
        checks('Vertices', sizes.map((size) => [size, String(size)]), (size, on) => this.#change(() => {
          if (on) filters.vertices.add(size);
          else filters.vertices.delete(size);
        })),
        ...kOperations.map((operation, k) => choice(operation, states, 'any',
                                                    (state) => this.#change(() => (filters.operations[k] = state)))),
        parts.search, parts.reset);
  }

  // --- Events --------------------------------------------------------------------------------------

  #listen() {
    const {stage, tip} = this.#parts;
    const nearest = (event) => {
      const box = this.#plot.element.getBoundingClientRect();
      return this.#plot.nearest(event.clientX - box.left, event.clientY - box.top);
    };
    stage.addEventListener('pointermove', (event) => {
      if (event.pointerType !== 'touch') this.#hover(nearest(event));
    });
    stage.addEventListener('pointerleave', () => this.#hover(-1));
    stage.addEventListener('click', (event) => {
      const cell = nearest(event);
      if (cell >= 0) this.select(cell);
    });
    stage.addEventListener('keydown', (event) => this.#key(event));
    stage.addEventListener('blur', () => this.#hover(-1));
    tip.addEventListener('pointermove', (event) => event.stopPropagation());
    new ResizeObserver(() => this.#plot.measure() && this.update()).observe(this.#plot.element);
    onTheme(() => this.update());
    document.addEventListener('click', (event) => {
      const link = event.target.closest?.('a[data-cell]');
      if (link) this.#follow(link.dataset.cell);
    });
  }

  // A link of the page to a cell.
  #follow(text) {
    const cell = parseCell(text);
    const index = cell ? this.#cloud.find(cell.adjacency, codeOf(cell.operations)) : -1;
    if (index >= 0) requestAnimationFrame(() => this.select(index, true));
  }

  #key(event) {
    const front = this.#front;
    if (front.length === 0 || event.ctrlKey || event.altKey || event.metaKey) return;
    const current = this.#hovered >= 0 ? this.#hovered : this.#selected;
    let place = front.indexOf(current);
    const places = {
      ArrowRight: () => Math.min(front.length - 1, place + 1), ArrowUp: () => Math.min(front.length - 1, place + 1),
      ArrowLeft: () => Math.max(0, place - 1), ArrowDown: () => Math.max(0, place - 1),
      Home: () => 0, End: () => front.length - 1,
    };
    if (event.key in places) {
      if (place < 0) place = this.#knee;
      this.#hover(front[places[event.key]()]);
      this.#announce(this.#hovered);
    } else if (event.key === 'Enter' || event.key === ' ') {
      if (current >= 0) this.select(current, true);
    } else if (event.key === 'Escape') {
      this.#hover(-1);
    } else {
      return;
    }
    event.preventDefault();
  }

  #change(action) {
    action();
    this.#hovered = -1;
    this.#parts.tip.hidden = true;
    if (this.#pending) return;
    this.#pending = true;
    requestAnimationFrame(() => {
      this.#pending = false;
      this.update();
      this.#showCard();
    });
  }

  // --- What is shown -------------------------------------------------------------------------------

  // Logarithms of a cost before factors, or accuracies on their axis; kept.
  #transformed(key, base, transform) {
    if (!this.#transforms.has(key)) this.#transforms.set(key, Float32Array.from(base, transform));
    return this.#transforms.get(key);
  }

  // [least, greatest] of what `counts`; kept.
  #range(key, values, counts) {
    if (!this.#ranges.has(key)) {
      let low = Infinity;
      let high = -Infinity;
      for (const value of values) {
        if (counts(value) && value < low) low = value;
        if (value > high) high = value;
      }
      this.#ranges.set(key, low <= high ? [low, high] : [0.5, 1]);
    }
    return this.#ranges.get(key);
  }

  #costAxis() {
    const quantity = this.#x;
    const base = quantity.values ?? quantity.metric.base(this.#budget);
    const factor = quantity.values ? 1 : quantity.metric.factor(this.#budget) * quantity.factor();
    const key = quantity.values ? quantity.key : `${quantity.metric.name} ${quantity.metric.factor(this.#budget) === 1 ? this.#budget : 'all'}`;
    const [low, high] = this.#range(key, base, (value) => value > 0);
    return {
      base,
      values: this.#transformed(key, base, Math.log),
      shift: Math.log(factor),
      scale: costScale(low * factor, high * factor, this.#plot.innerWidth),
      title: quantity.unit === '' ? quantity.title : `${quantity.title} (${quantity.unit})`,
    };
  }

  #accuracyAxis() {
    const base = this.#y.metric.base(this.#budget);
    const key = `${this.#y.key} ${this.#budget}`;
    const [low, high] = this.#range(key, base, (value) => value >= 0);
    const scale = accuracyScale(low, high, this.#plot.innerHeight, this.#byError);
    return {
      base, scale,
      values: this.#transformed(`${key} ${this.#byError}`, base, scale.transform),
      title: this.#byError ? `${this.#y.title} (axis by log error)` : this.#y.title,
    };
  }

  update() {
    this.#plot.measure();
    this.#shown = this.#filters.apply(this.#cloud, this.#mask);
    if (this.#y) this.#drawPlot();
    this.#parts.shown.textContent = `${thousands(this.#shown)} of ${thousands(this.#cloud.size)} cells`;
    this.#summarise();
  }

  #drawPlot() {
    const x = this.#costAxis();
    const y = this.#accuracyAxis();
    this.#front = frontOf(x.base, y.base, this.#mask);
    this.#knee = kneeOf(this.#front, x.base, y.base);
    this.#plot.draw({
      x, y, mask: this.#mask, shown: this.#shown, front: this.#front, knee: this.#knee,
      regions: this.#regions(y.scale.transform),
      labels: {cheapest: `${this.#x.isCount ? 'fewest' : 'least'} ${this.#x.title.toLowerCase()}`, best: 'most accurate'},
    });
    this.#plot.point(this.#hovered, this.#shownSelected());
  }

  // Outlines on the axes' logarithmic and transformed scales, where they belong: none for other
  // quantities or another budget.
  #regions(transform) {
    const {epochs, outlines} = this.#cloud.regions;
    if (this.#x.key !== 'energy' || this.#y.key !== 'validation_accuracy') return [];
    if (this.#cloud.epochs[this.#budget] !== epochs) return [];
    return outlines.map(({label, corners}) => ({
      label, corners: corners.map(([cost, accuracy]) => [Math.log(cost * this.#x.factor()), transform(accuracy)]),
    }));
  }

  #shownSelected() {
    return this.#selected >= 0 && this.#mask[this.#selected] ? this.#selected : -1;
  }

  #hover(cell) {
    if (cell === this.#hovered) return;
    this.#hovered = cell;
    this.#plot.point(cell, this.#shownSelected());
    const {tip} = this.#parts;
    tip.hidden = cell < 0;
    if (cell < 0) return;
    tip.replaceChildren(...smallCard(this.#readings, cell, this.#budget, this.#x, this.#y));
    this.#placeTip(cell);
  }

  // Beside the cell, where there is room.
  #placeTip(cell) {
    const {tip} = this.#parts;
    const [x, y] = this.#plot.at(cell);
    const [width, height] = this.#plot.size;
    const left = x + 18 + tip.offsetWidth <= width ? x + 18 : Math.max(0, x - 18 - tip.offsetWidth);
    const top = Math.min(Math.max(0, y - tip.offsetHeight / 2), height - tip.offsetHeight);
    tip.style.transform = `translate(${Math.round(left)}px,${Math.round(top)}px)`;
  }

  // @param focus  whether the reader asked for the card by the keyboard
  select(cell, focus = false) {
    this.#selected = cell;
    this.#plot.point(this.#hovered, this.#shownSelected());
    this.#showCard();
    if (!focus) return;
    this.#parts.card.tabIndex = -1;
    this.#parts.card.focus({preventScroll: false});
  }

  #showCard() {
    if (this.#selected < 0) return;
    const place = this.#front.indexOf(this.#selected);
    const remarks = [];
    if (place >= 0) remarks.push('on the front');
    if (place >= 0 && place === this.#knee) remarks.push('knee');
    const readings = this.#live?.readings(this.#readings, this.#selected) ?? this.#readings;
    this.#parts.card.replaceChildren(
        ...largeCard(readings, this.#selected, this.#budget, [this.#y, this.#x], remarks,
                     (cell) => this.select(cell)).filter(Boolean),
        ...this.#live?.blocks(this.#selected) ?? []);
  }

  // --- In words ------------------------------------------------------------------------------------

  #words(cell) {
    const value = (quantity) => withUnit(quantity.text(this.#readings.value(quantity, cell, this.#budget)),
                                          quantity.isCount ? quantity.title.toLowerCase() : quantity.unit);
    return `${value(this.#x)} and ${value(this.#y)}`;
  }

  #announce(cell) {
    const place = this.#front.indexOf(cell) + 1;
    const hash = hashOf(this.#cloud.adjacency[cell], this.#cloud.code[cell]).slice(0, 8);
    this.#parts.live.textContent = `Front point ${place} of ${this.#front.length}: ${this.#words(cell)}, cell ${hash}${place - 1 === this.#knee ? ', the knee' : ''}.`;
  }

  #summarise() {
    const front = this.#front;
    this.#parts.frontDetails.hidden = front.length === 0;
    if (!this.#y || front.length === 0) {
      this.#parts.summary.textContent = !this.#y ? '' : this.#shown === 0 ? 'No cell passes the filters.' : 'No cell that is shown has both numbers.';
      this.#parts.frontTable.replaceChildren();
      return;
    }
    const budget = this.#cloud.epochs.length > 0 ? ` at ${this.#cloud.epochs[this.#budget]} epochs` : '';
    const least = this.#x.title.toLowerCase();
    let text = `Of these, ${thousands(front.length)} are on the Pareto front of ${least} and ${this.#y.title.toLowerCase()}${budget}, from ${this.#words(front[0])} to ${this.#words(front[front.length - 1])}.`;
    if (this.#knee >= 0) text += ` Its knee is at ${this.#words(front[this.#knee])}.`;
    this.#parts.summary.textContent = text;
    this.#tabulateFront();
  }

  #tabulateFront() {
    const number = (text) => h('td', {class: 'number'}, text);
    const rows = this.#front.map((cell, place) => h('tr', null,
        h('td', null, h('button', {type: 'button', class: 'link', onclick: () => this.select(cell, true)},
                        hashOf(this.#cloud.adjacency[cell], this.#cloud.code[cell]).slice(0, 8))),
        number(this.#x.text(this.#readings.value(this.#x, cell, this.#budget))),
        number(this.#y.text(this.#readings.value(this.#y, cell, this.#budget))),
        number(thousands(this.#cloud.parameters[cell])),
        h('td', null, place === this.#knee ? 'knee' : '')));
    this.#parts.frontTable.replaceChildren(h('table', {class: 'data'},
        h('thead', null, h('tr', null, h('th', {scope: 'col'}, 'Cell'),
                           h('th', {scope: 'col', class: 'number'}, this.#x.title, ' ', h('span', {class: 'unit'}, this.#x.unit)),
                           h('th', {scope: 'col', class: 'number'}, this.#y.title, ' ', h('span', {class: 'unit'}, this.#y.unit)),
                           h('th', {scope: 'col', class: 'number'}, 'Parameters'), h('th', {scope: 'col'}))),
        h('tbody', null, rows)));
  }
}
