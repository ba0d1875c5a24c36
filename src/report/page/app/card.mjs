// What is known of one cell: the small card under the pointer and the large one beside the figure.
import {cellOf, codeOf, neighbours, textOf} from './cell.mjs';
import {copy, h} from './dom.mjs';
import {signed, significant, thousands} from './format.mjs';
import {drawCell} from './graph.mjs';
import {hashOf} from './hash.mjs';
import {withUnit} from './readings.mjs';

function cellAt(cloud, index) {
  return cellOf(cloud.adjacency[index], cloud.code[index]);
}

// Under the pointer: the drawing and the numbers of the axes.
// @param x, y  quantities
export function smallCard(readings, index, budget, x, y) {
  const {cloud} = readings;
  const quantities = [y, x, ...readings.costs.filter(({key}) => key === 'energy' || key === 'parameters')];
  const rows = [...new Set(quantities)].filter(Boolean).map((quantity) => h('div', null,
      h('dt', null, quantity.title),
      h('dd', null, withUnit(quantity.short ? quantity.short(readings.value(quantity, index, budget)) : quantity.text(readings.value(quantity, index, budget)), quantity.unit))));
  return [drawCell(cellAt(cloud, index), 0.72), h('dl', null, rows)];
}

// --- The large card --------------------------------------------------------------------------------

export function mark(provenance) {
  return h('span', {class: `mark ${provenance}`, role: 'img', 'aria-label': provenance, title: provenance});
}

// An interval below its value, on two lines: four budgets stand beside one another in a narrow card.
function bounds(quantity, interval) {
  return interval && h('small', null, `${quantity.text(interval[0])} –`, h('br'), quantity.text(interval[1]));
}

function valueCell(readings, quantity, index, budget) {
  const value = readings.value(quantity, index, budget);
  if (!Number.isFinite(value)) return h('td', {class: 'number'}, '–');
  return h('td', {class: 'number'}, mark(quantity.metric.provenance(index, budget)), quantity.text(value),
           bounds(quantity, readings.interval(quantity, index, budget)));
}

// A metric's name on a row of its own, its values by budget on the next.
function metricRows(readings, quantity, index) {
  const {epochs} = readings.cloud;
  return h('tbody', null,
           h('tr', null, h('th', {scope: 'rowgroup', colspan: epochs.length}, quantity.title, ' ', h('span', {class: 'unit'}, quantity.unit))),
           h('tr', null, epochs.map((_, budget) => valueCell(readings, quantity, index, budget))));
}

function metricTable(readings, index, budget) {
  const {cloud} = readings;
  const quantities = [...readings.accuracies, ...readings.costs].filter((each) => each.metric && (each.available?.() ?? true));
  if (quantities.length === 0) return null;
  const unit = (epochs) => (epochs === 1 ? 'epoch' : 'epochs');
  const heads = cloud.epochs.map((epochs, k) => h('th', {scope: 'col', class: k === budget ? 'number chosen' : 'number'},
                                                  `${thousands(epochs)} ${unit(epochs)}`));
  return h('div', {class: 'scroll', tabindex: '0'},
           h('table', {class: 'data metrics'}, h('thead', null, h('tr', null, heads)),
             quantities.map((quantity) => metricRows(readings, quantity, index))));
}

function legend(readings, index) {
  const {cloud} = readings;
  const seen = new Set();
  let intervals = false;
  let leftOut = false;
  for (const quantity of [...readings.accuracies, ...readings.costs]) {
    const {metric} = quantity;
    if (!metric) continue;
    leftOut ||= metric.intervalsLeftOut && !readings.isExact;
    cloud.epochs.forEach((_, budget) => {
      seen.add(metric.provenance(index, budget));
      intervals ||= readings.interval(quantity, index, budget) !== null;
    });
  }
  const parts = ['measured', 'scaled', 'predicted'].filter((each) => seen.has(each))
      .map((each) => h('span', {class: 'key'}, mark(each), each));
  if (intervals) parts.push(h('span', {class: 'key'}, 'small: hold a training’s value with a probability of 90 %'));
  if (leftOut) parts.push(h('span', {class: 'key'}, 'the table’s intervals are too many for this page'));
  return h('p', {class: 'legend'}, parts);
}

function copyable(label, text, display = text) {
  const button = h('button', {type: 'button', 'aria-label': `Copy ${label}`}, 'Copy');
  button.addEventListener('click', async () => {
    await copy(text);
    button.textContent = 'Copied';
    setTimeout(() => (button.textContent = 'Copy'), 1500);
  });
  return h('div', {class: 'copyable'}, h('span', null, label), h('code', null, display), button);
}

function deltaCell(value, unit, betterIsLess) {
  if (!Number.isFinite(value)) return h('td', {class: 'number'}, '–');
  const text = Math.abs(value) < 0.005 ? '0' : significant(value, 3);
  const better = betterIsLess ? value < 0 : value > 0;
  const kind = text === '0' ? '' : better ? ' better' : ' worse';
  return h('td', {class: `number${kind}`}, `${signed(text, value)}${unit}`);
}

// Cells one edit away, the most accurate first; those that the table lacks are left out.
function neighbourTable(readings, index, budget, quantities, select) {
  const {cloud} = readings;
  const found = neighbours(cellAt(cloud, index))
      .map((entry) => ({...entry, index: cloud.find(entry.cell.adjacency, codeOf(entry.cell.operations))}))
      .filter((entry) => entry.index >= 0);
  if (found.length === 0) return h('p', {class: 'legend'}, 'The table holds no cell one edit away.');
  const [merit, cost] = quantities;
  const change = (quantity, entry) => quantity
      ? quantity.delta(readings.value(quantity, index, budget), readings.value(quantity, entry.index, budget)) : NaN;
  for (const entry of found) [entry.merit, entry.cost] = [change(merit, entry), change(cost, entry)];
  const rank = (value) => (Number.isFinite(value) ? value : -Infinity);
  found.sort((a, b) => rank(b.merit) - rank(a.merit) || a.cost - b.cost);
  const rows = found.map((entry) => h('tr', null,
      h('td', null, h('button', {type: 'button', class: 'link', onclick: () => select(entry.index)}, entry.edit,
                      entry.vertices < 0 ? h('span', {class: 'unit'}, ` ${-entry.vertices} fewer`) : null)),
      deltaCell(entry.cost, ' %', true), deltaCell(entry.merit, '', false)));
  return h('div', {class: 'scroll neighbours', tabindex: '0'},
           h('table', {class: 'data'},
             h('thead', null, h('tr', null, h('th', {scope: 'col'}, 'Edit'),
                                h('th', {scope: 'col', class: 'number'}, cost.title),
                                h('th', {scope: 'col', class: 'number'}, merit ? 'Accuracy, points' : 'Accuracy'))),
             h('tbody', null, rows)));
}

// @param quantities  [accuracy, cost] of the figure's axes  @param select  called with a cell
export function largeCard(readings, index, budget, quantities, remarks, select) {
  const {cloud} = readings;
  const cell = cellAt(cloud, index);
  const hash = hashOf(cloud.adjacency[index], cloud.code[index]);
  const outside = cloud.metrics.filter((metric) => metric.outOfRange(index)).map(({name}) => name);
  return [
    h('h3', null, `Cell ${hash.slice(0, 8)}`, remarks.map((remark) => h('span', {class: 'badge'}, remark))),
    h('div', {class: 'drawing'}, drawCell(cell)),
    h('dl', {class: 'counts'},
      h('div', null, h('dt', null, 'Parameters'), h('dd', null, thousands(cloud.parameters[index]))),
      h('div', null, h('dt', null, 'Multiply-adds an image'), h('dd', null, thousands(cloud.flops[index])))),
    metricTable(readings, index, budget),
    outside.length > 0
      ? h('p', {class: 'warning'}, `The model had seen nothing like this cell: ${outside.join(', ')}.`) : null,
    legend(readings, index),
    copyable('hash', hash),
    copyable('cell', textOf(cell)),
    h('h4', null, 'One edit away'),
    neighbourTable(readings, index, budget, quantities, select),
  ];
}
