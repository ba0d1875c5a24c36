// What the page computes of cells, against the library: no browser is needed.
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {codeOf, kOperations, neighbours, parseCell, pruned, textOf} from '../../src/report/page/app/cell.mjs';
import {Filters} from '../../src/report/page/app/filters.mjs';
import {frontOf, kneeOf} from '../../src/report/page/app/front.mjs';
import {prefixed, significant} from '../../src/report/page/app/format.mjs';
import {hashOf} from '../../src/report/page/app/hash.mjs';
import {accuracyScale, costScale} from '../../src/report/page/app/scales.mjs';
import {counts} from '../../src/report/page/app/skeleton.mjs';
import {answer, assertClose, cloudOf, fixture, output, pages, program, reportOf} from './support.mjs';

const kSkeleton = {stem_width: 128, stacks: 3, cells_per_stack: 3, classes: 10, image_size: 32, image_channels: 3};
const facts = JSON.parse(output(fixture, 'facts'));

function countOf(cell, flops) {
  return counts(Uint32Array.of(cell.adjacency), Uint8Array.of(codeOf(cell.operations)), kSkeleton, flops)[0];
}

test('parameters, multiply-adds and hashes are the library’s, for all cells of five vertices and some of seven', () => {
  assert.equal(facts.length, 2532 + 700);
  for (const fact of facts) {
    const cell = parseCell(fact.cell);
    assert.equal(textOf(cell), fact.cell);
    assert.equal(countOf(cell, false), fact.parameters, fact.cell);
    assert.equal(countOf(cell, true), fact.flops, fact.cell);
    assert.equal(hashOf(cell.adjacency, codeOf(cell.operations)), fact.hash, fact.cell);
  }
});

test('neighbours are the library’s', () => {
  const asked = facts.filter((fact) => fact.neighbours);
  assert.ok(asked.length > 400);
  for (const fact of asked) {
    const found = neighbours(parseCell(fact.cell)).map((entry) => textOf(entry.cell));
    assert.deepEqual(found.sort(), fact.neighbours.slice().sort(), fact.cell);
  }
});

test('texts that say no cell are refused', () => {
  for (const text of ['', ':', '0100', '010:', '0110:', '1100:', '0200:', '0000:', '0100:conv3x3', '010001000:conv5x5', '010001000:',
                      `${'0'.repeat(64)}:${'conv3x3,'.repeat(6)}`, `01${'0'.repeat(62)}:`, '0'.repeat(1e5) + ':'])
    assert.equal(parseCell(text), null, text.slice(0, 80));
  assert.equal(pruned({vertices: 3, adjacency: 0b001, operations: [0]}), null);
});

test('any labelling of a cell is found by its representative', () => {
  assert.equal(textOf(parseCell(' 0110000100010000 : MAXPOOL3x3-bn-relu, conv1x1 ')), '0110000100010000:conv1x1,maxpool3x3');
  assert.equal(textOf(parseCell('0101000100010000:conv1x1,conv3x3')), '011001000:conv1x1', 'without the vertex that dangles');
});

test('a page of few cells holds the table’s numbers as they are', async () => {
  const cloud = await cloudOf(reportOf('ecnas-5v'));
  assert.equal(cloud.size, 2532);
  const file = join(pages, 'ecnas-5v.csv');
  output(program, 'export', 'ecnas-5v', '-o', file);
  const lines = readFileSync(file, 'utf8').trim().split('\n');
  const names = lines[0].split(',');
  const at = Object.fromEntries(names.map((name, k) => [name, k]));
  const places = new Map(Array.from({length: cloud.size}, (_, i) => [hashOf(cloud.adjacency[i], cloud.code[i]), i]));
  assert.equal(lines.length - 1, 4 * cloud.size);
  for (const line of lines.slice(1)) {
    const fields = line.split(',');
    const i = places.get(fields[at.hash]);
    const budget = cloud.epochs.indexOf(Number(fields[at.epochs]));
    assert.equal(cloud.parameters[i], Number(fields[at.trainable_parameters]));
    for (const metric of cloud.metrics)
      assertClose(metric.value(i, budget), Number(fields[at[metric.name]]), 1.1e-6, `${fields[at.hash]} ${metric.name}`);
  }
});

test('a page of all cells holds the table’s numbers to within the stated steps', async () => {
  const cloud = await cloudOf(reportOf('ecnas-7v'));
  assert.equal(cloud.size, 423624);
  let sum = 0;
  for (const parameters of cloud.parameters) sum += parameters;
  assert.equal(sum, 3583758170075);
  for (let i = 17; i < cloud.size; i += Math.floor(cloud.size / 25)) {
    const {budgets} = answer('query', 'ecnas-7v', hashOf(cloud.adjacency[i], cloud.code[i]));
    cloud.epochs.forEach((epochs, budget) => {
      for (const metric of cloud.metrics) {
        const told = budgets[epochs][metric.name];
        const found = metric.value(i, budget);
        const what = `${i} ${metric.name} at ${epochs}`;
        if (metric.isFraction) assert.ok(Math.abs(found - told.value) <= 2.51e-5, what);
        else assertClose(found, told.value, 1.26e-4, what);
        assert.equal(metric.provenance(i, budget), told.provenance, what);
        const interval = metric.interval(i, budget);
        for (const side of [0, 1]) {
          if (metric.isFraction) assert.ok(Math.abs(interval[side] - told.interval90[side]) <= 6e-5, `${what}: ${interval}, ${told.interval90}`);
          else assertClose(interval[side], told.interval90[side], 1.4e-4, what);
        }
      }
    });
  }
});

test('front and knee are the program’s, at every budget', async () => {
  const cloud = await cloudOf(reportOf('ecnas-4v'));
  const mask = new Uint8Array(cloud.size).fill(1);
  cloud.epochs.forEach((epochs, budget) => {
    const told = answer('front', 'ecnas-4v', '--epochs', String(epochs));
    const cost = cloud.metric('energy_kwh').base(budget);
    const merit = cloud.metric('validation_accuracy').base(budget);
    const front = frontOf(cost, merit, mask);
    const hashes = front.map((i) => hashOf(cloud.adjacency[i], cloud.code[i]));
    assert.deepEqual(hashes, told.points.map(({hash}) => hash));
    assert.equal(hashes[kneeOf(front, cost, merit)], told.knee.hash);
  });
});

test('the front is what no other point dominates', () => {
  let state = 1;
  const random = () => (state = (state * 48271) % 2147483647) / 2147483647;
  for (let round = 0; round < 300; ++round) {
    const count = round % 40;
    const coarse = round % 3 === 0;
    const draw = () => (coarse ? Math.ceil(5 * random()) : random());
    const cost = Float32Array.from({length: count}, draw);
    const merit = Float32Array.from({length: count}, () => (random() < 0.1 ? NaN : draw()));
    const mask = Uint8Array.from({length: count}, () => (random() < 0.8 ? 1 : 0));
    const counts = (i) => mask[i] && !Number.isNaN(merit[i]);
    const dominated = (i) => cost.some((_, j) => counts(j) && cost[j] <= cost[i] && merit[j] >= merit[i] &&
        (cost[j] < cost[i] || merit[j] > merit[i] || j < i));
    const expected = Array.from({length: count}, (_, i) => i).filter((i) => counts(i) && !dominated(i))
        .sort((a, b) => cost[a] - cost[b]);
    assert.deepEqual(frontOf(cost, merit, mask), expected, `round ${round}`);
  }
});

test('filters keep the cells they say', async () => {
  const cloud = await cloudOf(reportOf('ecnas-5v'));
  const mask = new Uint8Array(cloud.size);
  const filters = new Filters();
  const operations = Array.from({length: cloud.size}, (_, i) => {
    const interior = cloud.vertices[i] - 2;
    const found = new Set();
    for (let code = cloud.code[i], v = 0; v < interior; ++v, code = Math.floor(code / 3)) found.add(code % 3);
    return found;
  });
  for (const states of [['any', 'any', 'any'], ['with', 'any', 'any'], ['without', 'with', 'any'], ['with', 'with', 'with'], ['without', 'without', 'without']]) {
    for (const sizes of [[2, 3, 4, 5], [4], []]) {
      filters.operations = states;
      filters.vertices = new Set(sizes);
      const passes = (i) => sizes.includes(cloud.vertices[i]) && kOperations.every((_, k) =>
          states[k] === 'any' || operations[i].has(k) === (states[k] === 'with'));
      const expected = operations.map((_, i) => Number(passes(i)));
      assert.equal(filters.apply(cloud, mask), expected.reduce((sum, each) => sum + each, 0));
      assert.deepEqual([...mask], expected);
    }
  }
});

test('ticks stand in the axis, apart, and say what they are', () => {
  const ranges = [[1, 1], [1, 1.001], [0.5, 2], [3, 3000], [1e-30, 1e30], [1e-3, 1e12], [5e6, 5e7]];
  for (const [low, high] of ranges) {
    for (const length of [200, 700]) {
      const scale = costScale(low, high, length);
      const ticks = scale.ticks();
      const places = ticks.map(({value}) => scale.place(value));
      assert.ok(ticks.length >= 1, `${low} ${high}`);
      assert.ok(places.every((place) => place >= 0 && place <= length), `${low} ${high}: ${places}`);
      places.slice(1).forEach((place, k) => assert.ok(place - places[k] > 25, `${low} ${high}: ${places}`));
      assert.equal(new Set(ticks.map(({label}) => label)).size, ticks.length);
      assert.ok(ticks.every(({label}) => label.length <= 12), ticks.map(({label}) => label).join(' '));
    }
  }
  for (const byError of [true, false]) {
    for (const [low, high] of [[0, 1], [0.5, 0.5], [0.1, 0.946], [0.9445, 0.9446], [0, 0]]) {
      const scale = accuracyScale(low, high, 400, byError);
      const ticks = scale.ticks();
      assert.ok(ticks.length >= 1 && ticks.every(({value}) => scale.place(value) >= -1 && scale.place(value) <= 401), `${low} ${high}`);
    }
  }
});

test('numbers are written for people', () => {
  assert.deepEqual([0, 0.00123456, 12.3456, 123456.7, 1e30, NaN, -2.5].map((value) => significant(value, 4)),
                   ['0', '0.001235', '12.35', '123,500', '1.000e+30', '–', '-2.500']);
  assert.equal(significant(0.09999, 3), '0.100', 'a digit more by rounding is none more to show');
  assert.deepEqual([5356682, 999, 2.5e12].map((value) => prefixed(value)), ['5.36 M', '999', '2.50 T']);
});
