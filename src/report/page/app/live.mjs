// Of a page that is served beside its table: the card of a cell shows what the server says of it,
// exact values and every repeat, where the page holds rounded means (docs/formats/json.md).
import {codeOf, parseCell} from './cell.mjs';
import {mark} from './card.mjs';
import {h, json} from './dom.mjs';
import {thousands} from './format.mjs';
import {hashOf} from './hash.mjs';

const kPatience = 5000;  // ms
const kMaxKept = 200;  // documents

// The value and interval of a metric in a document of the server: of the cell itself an object, of
// its neighbours a number.
function read(document, epochs, name) {
  const found = document?.budgets[epochs]?.[name];
  return typeof found === 'number' ? {value: found} : found;
}

// A cell's quantities as `Readings` has them, from documents by cell where they say.
function exactReadings(readings, documents) {
  const {epochs} = readings.cloud;
  const metricOf = (quantity, cell, budget) => quantity.metric && read(documents.get(cell), epochs[budget], quantity.metric.name);
  return Object.assign(Object.create(readings), {
    isExact: true,
    value(quantity, cell, budget) {
      const found = metricOf(quantity, cell, budget);
      return found ? found.value * quantity.factor() : readings.value(quantity, cell, budget);
    },
    interval(quantity, cell, budget) {
      const found = metricOf(quantity, cell, budget);
      if (!found) return readings.interval(quantity, cell, budget);
      return found.interval90?.map((bound) => bound * quantity.factor()) ?? null;
    },
  });
}

// One metric at one budget, as it is stored.
function storedRow(epochs, {value, provenance, repeats, interval90}) {
  const parts = [repeats.length > 1 ? repeats.map((each) => each ?? '–').join(' · ') : null, interval90?.join(' – ')];
  return h('tr', null, h('th', {scope: 'row', class: 'number'}, thousands(epochs)),
           h('td', {class: 'number'}, mark(provenance), String(value)),
           h('td', null, parts.filter(Boolean).map((part) => h('div', null, h('small', null, part)))));
}

function storedTable(cloud, document) {
  const units = new Map();
  for (const metrics of Object.values(document.budgets)) {
    for (const [name, {unit}] of Object.entries(metrics)) units.set(name, unit === '1' ? '' : unit);
  }
  const rows = (name) => cloud.epochs.map((epochs) => [epochs, read(document, epochs, name)])
      .filter(([, found]) => found).map(([epochs, found]) => storedRow(epochs, found));
  return h('div', {class: 'scroll', tabindex: '0'},
           h('table', {class: 'data stored'},
             h('thead', null, h('tr', null, h('th', {scope: 'col', class: 'number'}, 'Epochs'),
                                h('th', {scope: 'col', class: 'number'}, 'Value'), h('th', {scope: 'col'}, 'Repeats, interval'))),
             [...units].map(([name, unit]) => h('tbody', null,
                 h('tr', null, h('th', {scope: 'rowgroup', colspan: 3}, name, ' ', h('span', {class: 'unit'}, unit))), rows(name)))));
}

class LiveTable {
  #cloud;
  #address;
  #answered;
  #documents = new Map();  // by cell; null: being asked for
  #failure = null;
  #isOpen = false;

  constructor(cloud, address, answered) {
    this.#cloud = cloud;
    this.#address = address;
    this.#answered = answered;
  }

  // The readings for a cell's card: exact ones once the server has said them.
  readings(readings, cell) {
    if (!this.#documents.has(cell)) this.#ask(cell);
    const document = this.#documents.get(cell);
    if (!document) return readings;
    const documents = new Map([[cell, document]]);
    for (const neighbour of document.neighbours) {
      const {adjacency, operations} = parseCell(neighbour.cell);
      documents.set(this.#cloud.find(adjacency, codeOf(operations)), neighbour);
    }
    return exactReadings(readings, documents);
  }

  // What stands below a cell's card.
  blocks(cell) {
    const document = this.#documents.get(cell);
    if (document) return [this.#details(document)];
    return this.#failure ? [h('p', {class: 'warning', role: 'status'}, `${this.#failure}; values are those of the page.`)] : [];
  }

  #details(document) {
    const {pue} = this.#cloud;
    const details = h('details', {class: 'folded', open: this.#isOpen},
                      h('summary', null, 'Every value and repeat'),
                      h('p', {class: 'legend'}, `As the table stores them${pue === null ? '' : `, at its PUE of ${pue}`}; a training’s value is in an interval with a probability of 90 %.`),
                      storedTable(this.#cloud, document));
    details.addEventListener('toggle', () => (this.#isOpen = details.open));
    return details;
  }

  async #ask(cell) {
    this.#documents.set(cell, null);
    try {
      this.#keep(cell, await this.#fetched(cell));
      this.#failure = null;
    } catch (error) {
      this.#documents.delete(cell);
      this.#failure = error.message;
    }
    this.#answered(cell);
  }

  async #fetched(cell) {
    const hash = hashOf(this.#cloud.adjacency[cell], this.#cloud.code[cell]);
    const response = await fetch(this.#address + hash, {
      mode: 'same-origin', credentials: 'omit', cache: 'no-store', signal: AbortSignal.timeout(kPatience),
    }).catch(() => null);
    if (!response) throw new Error('The server has stopped');
    if (!response.ok) throw new Error(`The server says nothing of this cell (status ${response.status})`);
    return response.json();
  }

  #keep(cell, document) {
    this.#documents.set(cell, document);
    const [oldest] = this.#documents.keys();
    if (this.#documents.size > kMaxKept) this.#documents.delete(oldest);
  }
}

// @param answered  called with a cell when the server has answered for it, or has not in time
// @return null where the page is not served
export function liveTable(cloud, answered) {
  const live = json('live');
  return live && new LiveTable(cloud, live.cells, answered);
}
