// Pages load from a file without a network, are drawn whole, and say what is wrong.
import assert from 'node:assert/strict';
import {readFileSync, statSync, writeFileSync} from 'node:fs';
import {test} from 'node:test';
import {cardShows, inBrowser, pageOf, reportOf, search, textOf} from './support.mjs';

const visit = inBrowser();
const kTables = ['ecnas-4v', 'ecnas-5v', 'ecnas-7v'];
const kCells = {'ecnas-4v': '91', 'ecnas-5v': '2,532', 'ecnas-7v': '423,624'};

// Marks of a drawn figure: what is inside groups of marks of data, not axes, legends or frames.
function marksOf(drawing) {
  return [...drawing.querySelectorAll('g.mark-symbol, g.mark-rect, g.mark-rule, g.mark-line, g.mark-area, g.mark-text, g.mark-shape, g.mark-arc, g.mark-trail')]
      .filter((group) => !/role-(axis|legend|title|frame)/.test(group.getAttribute('class')))
      .reduce((sum, group) => sum + group.querySelectorAll('path[d], line, text').length, 0);
}

for (const table of kTables) {
  test(`the report of ${table} loads without a network, a fault or a request, and every figure has drawn marks`, async (context) => {
    const size = statSync(reportOf(table)).size;
    assert.ok(size <= 8e6, `${size} bytes`);
    await visit(reportOf(table), {}, async (page) => {
      assert.equal(await textOf(page, '.shown'), `${kCells[table]} of ${kCells[table]} cells`);
      const {paint, ready} = await page.evaluate(() => ({
        paint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime,
        ready: performance.getEntriesByName('ecnas-ready')[0]?.startTime,
      }));
      context.diagnostic(`${table}: ${(size / 1e6).toFixed(2)} MB, first paint ${Math.round(paint)} ms, all drawn ${Math.round(ready)} ms`);
      const charts = await page.$$eval('.chart', (elements, source) => {
        const marks = new Function(`return ${source}`)();
        return elements.map((chart) => ({name: chart.dataset.specification, drawings: [...chart.querySelectorAll('svg')].map(marks)}));
      }, marksOf.toString());
      assert.ok(charts.length >= 2);
      for (const {name, drawings} of charts) {
        assert.equal(drawings.length, 1, name);
        assert.ok(drawings[0] >= 3, `${name}: ${drawings[0]} marks`);
      }
      const explorer = await page.evaluate(() => {
        const canvas = document.querySelector('.plot-area canvas');
        const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        let pixels = 0;
        for (let k = 3; k < data.length; k += 4) pixels += data[k] > 0 ? 1 : 0;
        return {pixels, points: document.querySelectorAll('.front circle').length, ticks: document.querySelectorAll('.axes text').length};
      });
      assert.ok(explorer.pixels > 500, `${explorer.pixels} pixels`);
      assert.ok(explorer.points > 5);
      assert.ok(explorer.ticks > 8);
    });
  });
}

test('a figure that asks for something outside, or is none, says so; others are drawn', async () => {
  await visit(pageOf('figures'), {}, async (page) => {
    const charts = await page.$$eval('.chart', (elements) => elements.map((chart) => chart.textContent));
    assert.match(charts[0], /cannot be drawn: .*outside the page/);
    assert.match(charts[1], /cannot be drawn/);
    assert.match(charts[2], /right/);
    assert.equal(await page.$$eval('.chart svg path', (paths) => paths.length > 2), true);
  });
});

test('cells stand side by side, drawn with vertices and edges', async () => {
  for (const name of ['cells', 'figures']) {
    await visit(pageOf(name), {}, async (page) => {
      const drawings = await page.$$eval('.drawings li', (items) => items.map((item) => ({
        vertices: item.querySelectorAll('svg.graph .vertex rect').length,
        edges: item.querySelectorAll('svg.graph .edges path').length / 2,
        text: item.querySelector('code').textContent,
        isTextShown: item.querySelector('code').offsetParent !== null,
        caption: item.querySelector('.caption').textContent,
        isLink: item.querySelector('a') !== null,
      })));
      const isLink = name === 'cells';
      assert.deepEqual(drawings.slice(0, 2), [
        {vertices: 2, edges: 1, text: '0100:', isTextShown: false, caption: 'least energy', isLink},
        {vertices: 4, edges: 4, text: '0110001000010000:conv3x3,maxpool3x3', isTextShown: false, caption: '', isLink},
      ]);
      assert.equal(drawings[2].vertices, 7);
      assert.equal(await textOf(page, 'figure.cells figcaption'), 'Three cells.');
    });
  }
});

test('a click on a drawn cell opens its card', async () => {
  await visit(pageOf('cells'), {}, async (page) => {
    await page.click('.drawings li:nth-child(2) a');
    await cardShows(page, '0110001000010000:conv3x3,maxpool3x3');
    await page.waitForFunction(() => document.activeElement.className === 'card');
    assert.match(await page.evaluate(() => location.hash), /explorer/);
  });
});

test('without JavaScript texts, tables, captions and the texts of cells stand there', async () => {
  const text = readFileSync(pageOf('cells'), 'utf8').replace(/<script[\s\S]*?<\/script>/g, '');
  assert.match(text, /<code class="drawn-cell">0110001000010000:conv3x3,maxpool3x3<\/code>/);
  assert.match(text, /This figure needs JavaScript/);
});

const kSmall = {
  equal: '7 of 7 cells', extreme: '7 of 7 cells', mixed: '91 of 91 cells', one: '1 of 1 cells', bare: '7 of 7 cells', costs: '7 of 7 cells',
};
for (const [name, shown] of Object.entries(kSmall)) {
  test(`a page of ${name} values is whole`, async () => {
    await visit(pageOf(name), {}, async (page) => {
      assert.equal(await textOf(page, '.shown'), shown);
      assert.match(await textOf(page, '.card h3'), /^Cell [0-9a-f]{8}/);
      const broken = await page.evaluate(() => /NaN|Infinity|undefined|null/.exec(document.querySelector('#explorer').innerHTML)?.[0]);
      assert.equal(broken, undefined);
      if (name === 'bare' || name === 'costs') assert.match(await textOf(page, '.main-column'), /holds no accuracies/);
      else assert.ok(await page.$$eval('.axes text', (texts) => texts.length) >= 4);
      await search(page, '0100:');
      await cardShows(page, '0100:');
    });
  });
}

// A page with the cells' data changed by `damage`.
function damaged(name, damage) {
  const file = pageOf(`damaged-${name}`);
  const text = readFileSync(reportOf('ecnas-4v'), 'utf8');
  writeFileSync(file, text.replace(/(id="cells-data">)([^<]*)/, (_, head, data) => head + damage(data)));
  return file;
}

const kDamages = {
  'emptied': () => '',
  'cut': (data) => data.slice(0, 400),
  'turned into another text': () => 'no data ☃ at all',
  'changed in one place': (data) => data.slice(0, 200) + (data[200] === 'A' ? 'B' : 'A') + data.slice(201),
};
for (const [how, damage] of Object.entries(kDamages)) {
  test(`cells whose data were ${how} give a message, and the figures are drawn`, async () => {
    await visit(damaged(Object.keys(kDamages).indexOf(how), damage), {}, async (page) => {
      assert.match(await textOf(page, '#explorer'), /The cells cannot be shown: ./);
      assert.ok(await page.$$eval('.chart svg', (drawings) => drawings.length > 0));
    });
  });
}

test('a header that is no JSON or is missing gives a message', async () => {
  const text = readFileSync(reportOf('ecnas-4v'), 'utf8');
  for (const header of ['{"cells": ', '{"cells": 91, "columns": []}', 'null']) {
    const file = pageOf('damaged-header');
    writeFileSync(file, text.replace(/(id="cells-header">)[^<]*/, (_, head) => head + header));
    await visit(file, {}, async (page) => assert.match(await textOf(page, '#explorer'), /The cells cannot be shown: ./));
  }
});
