// The explorer: controls, pointer, search, card.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {answer, asNumber, assertClose, cardOf, cardShows, choose, control, inBrowser, output, program, reportOf, search, setNumber, settled, textOf} from './support.mjs';

const visit = inBrowser();
const kCell = '0110001000010000:conv3x3,maxpool3x3';

async function find(page, text) {
  await search(page, text);
  await cardShows(page, text);
}

// Where the front's first point is on the screen.
function firstPoint(page) {
  return page.$eval('.front circle', (circle) => {
    circle.scrollIntoView({block: 'center', behavior: 'instant'});
    const {x, y, width, height} = circle.getBoundingClientRect();
    return {x: x + width / 2, y: y + height / 2};
  });
}

for (const table of ['ecnas-4v', 'ecnas-7v']) {
  test(`hovering ${table} shows a tip with the cell drawn, edges and all, and its numbers`, async () => {
    await visit(reportOf(table), {}, async (page) => {
      const {x, y} = await firstPoint(page);
      await page.mouse.move(x + 1, y);
      const tip = await page.$eval('.tip', (element) => ({
        hidden: element.hidden,
        vertices: element.querySelectorAll('.vertex rect').length,
        edges: [...element.querySelectorAll('.edges path:not(.arrowhead)')].map((path) => path.getTotalLength()),
        arrows: element.querySelectorAll('.edges .arrowhead').length,
        text: element.textContent,
      }));
      assert.equal(tip.hidden, false);
      assert.ok(tip.vertices >= 2);
      assert.ok(tip.edges.length >= tip.vertices - 1 && tip.edges.every((length) => length > 8), `edges ${tip.edges}`);
      assert.equal(tip.arrows, tip.edges.length);
      assert.doesNotMatch(tip.text, /\[object|undefined|NaN/);
      assert.match(tip.text, /Validation accuracy\d+\.\d\d %Training energy0\.\d+ kWhParameters[\d.]+ (k|M)/);
      const box = await page.$eval('.tip', (element) => element.getBoundingClientRect().toJSON());
      assert.ok(box.left >= 0 && box.right <= 1280);
      await page.mouse.move(2, 2);
      assert.equal(await page.$eval('.tip', (element) => element.hidden), true);
    });
  });
}

test('a click opens the card of the cell under the pointer', async () => {
  await visit(reportOf('ecnas-7v'), {}, async (page) => {
    const before = (await cardOf(page)).hash;
    const {x, y} = await firstPoint(page);
    await page.mouse.click(x, y);
    await settled(page);
    const after = await cardOf(page);
    assert.notEqual(after.hash, before);
    const told = answer('front', 'ecnas-7v', '--epochs', '108');
    assert.equal(after.hash, told.points[0].hash);
  });
});

test('filters by vertices and operations change how many cells are shown', async () => {
  await visit(reportOf('ecnas-5v'), {}, async (page) => {
    const shown = async () => asNumber((await textOf(page, '.shown')).split(' ')[0]);
    assert.equal(await shown(), 2532);
    await choose(page, 'Vertices', '5');
    assert.equal(await shown(), 91);
    await choose(page, 'Vertices', '4');
    assert.equal(await shown(), 7);
    await choose(page, 'Vertices', '5');
    assert.equal(await shown(), 2532 - 84);
    await choose(page, 'conv3x3', 'with');
    const withOperation = await shown();
    await choose(page, 'conv3x3', 'none');
    const without = await shown();
    assert.equal(withOperation + without, 2532 - 84);
    assert.ok(withOperation > 0 && without > 0);
    await choose(page, 'conv1x1', 'none');
    await choose(page, 'maxpool3x3', 'none');
    assert.equal(await shown(), 1, 'only input → output holds no operation');
    await choose(page, 'Vertices', '2');
    assert.equal(await shown(), 0);
    assert.match(await textOf(page, '.summary'), /No cell/);
    await page.click('.reset');
    await settled(page);
    assert.equal(await shown(), 2532);
    assert.equal(await page.evaluate(() => document.activeElement.className), 'reset');
  });
});

test('energies change with the budget in the ratio of epochs where they are scaled', async () => {
  await visit(reportOf('ecnas-7v'), {}, async (page) => {
    const {values} = await cardOf(page);
    const energies = values['Training energy'].map(asNumber);
    const told = answer('query', 'ecnas-7v', (await cardOf(page)).hash);
    [4, 12, 36, 108].forEach((epochs, k) => assertClose(energies[k] / energies[3], told.budgets[epochs].energy_kwh.value / told.budgets[108].energy_kwh.value, 1e-3, String(epochs)));
    const times = values['Training time'].map(asNumber);
    for (const k of [0, 1, 2]) assertClose(times[k] / times[3], [4, 12, 36][k] / 108, 1e-3, 'training time');
    const summary = await textOf(page, '.summary');
    await choose(page, 'Budget, epochs', '4');
    assert.notEqual(await textOf(page, '.summary'), summary);
    assert.match(await textOf(page, '.summary'), /at 4 epochs/);
    const least = answer('front', 'ecnas-7v', '--epochs', '4').points[0].energy_kwh;
    assertClose(asNumber(/from ([\d.]+) kWh/.exec(await textOf(page, '.summary'))[1]), least, 6e-4, 'least energy at 4 epochs');
  });
});

test('energies follow the PUE in proportion, emissions the carbon intensity too', async () => {
  await visit(reportOf('ecnas-7v'), {}, async (page) => {
    await find(page, kCell);
    const numbers = async (title) => (await cardOf(page)).values[title]?.map(asNumber);
    const pue = Number(await (await control(page, 'PUE')).evaluate((input) => input.value));
    const energies = await numbers('Training energy');
    const times = await numbers('Training time');
    for (const factor of [1.5, 3]) {
      await setNumber(page, 'PUE', factor * pue);
      (await numbers('Training energy')).forEach((energy, k) => assertClose(energy, factor * energies[k], 6e-4, `PUE × ${factor}`));
      assert.deepEqual(await numbers('Training time'), times);
    }
    await setNumber(page, 'PUE', 1.59);
    await setNumber(page, 'Carbon intensity', 475);
    const told = answer('query', 'ecnas-7v', kCell, '--pue', '1.59', '--carbon-intensity', '475');
    const emissions = await numbers('Emissions');
    [4, 12, 36, 108].forEach((epochs, k) => assertClose(emissions[k], told.budgets[epochs].co2eq_g.value, 6e-4, `emissions at ${epochs}`));
    await (await control(page, 'Cost')).select('co2eq');
    await settled(page);
    assert.match(await page.$eval('.axes .title', (title) => title.textContent), /Emissions \(g CO₂eq\)/);
    await setNumber(page, 'Carbon intensity', 0);
    assert.equal(await numbers('Emissions'), undefined);
    assert.match(await page.$eval('.axes .title', (title) => title.textContent), /Training energy/);
  });
});

test('a PUE or intensity that is none changes nothing and is marked', async () => {
  await visit(reportOf('ecnas-4v'), {}, async (page) => {
    const before = (await cardOf(page)).values;
    for (const bad of ['0.5', '-1', '', '1e300', '1000']) {
      await setNumber(page, 'PUE', bad);
      assert.deepEqual((await cardOf(page)).values, before, bad);
      assert.equal(await (await control(page, 'PUE')).evaluate((input) => input.getAttribute('aria-invalid')), 'true', bad);
    }
  });
});

test('a cell is found among all by the beginning of its hash, and the hash is the program’s', async () => {
  const cells = [kCell, '0100:'].map((cell) => answer('space', 'show', cell));
  await visit(reportOf('ecnas-7v'), {}, async (page) => {
    const found = () => textOf(page, '.found');
    // Asked for something else while hashes are computed: only the last answer is shown.
    await search(page, '00');
    await page.waitForFunction(() => /computing hashes/.test(document.querySelector('.found').textContent));
    await search(page, '0100:');
    await cardShows(page, '0100:');
    for (let k = 0; k < 5; ++k) {
      assert.equal(await found(), '');
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    for (const {hash, cell} of cells) {
      await search(page, hash.slice(0, 10));
      await cardShows(page, hash);
      assert.equal((await cardOf(page)).cell, cell);
      assert.equal(await found(), '1 cell');
      assert.notEqual(await page.evaluate(() => document.activeElement.className), 'card', 'the reader may still be typing');
    }
    await search(page, 'ab');
    await page.waitForFunction(() => /cells, 8 of them here/.test(document.querySelector('.found').textContent));
    assertClose(asNumber((await found()).split(' ')[0]), 423624 / 256, 0.15, 'cells whose hash begins with ab');
    const matches = await page.$$eval('.matches button', (buttons) => buttons.map((button) => button.textContent));
    assert.ok(matches.length === 8 && matches.every((text) => text.startsWith('ab')));
    await page.click('.matches li:nth-child(3) button');
    await cardShows(page, matches[2]);
    assert.equal(await page.evaluate(() => document.activeElement.className), 'card');
    for (const [text, message] of [['xyz', 'up to 32 digits'], ['f'.repeat(32), 'no cell'], ['f'.repeat(33), 'up to 32 digits'], ['01:', 'no cell'], ['', '^$']]) {
      await search(page, text);
      await page.waitForFunction((source) => new RegExp(source).test(document.querySelector('.found').textContent), {}, message);
    }
  });
});

test('the card’s numbers are those of query', async () => {
  for (const [table, cells] of [['ecnas-4v', ['0100:', kCell, '0100001100010000:conv3x3,conv1x1']], ['ecnas-7v', ['0100:', kCell]]]) {
    await visit(reportOf(table), {}, async (page) => {
      for (const cell of cells) {
        await find(page, cell);
        const {values, counts, hash, provenances, neighbours} = await cardOf(page);
        const told = answer('query', table, cell);
        assert.equal(hash, told.hash);
        assert.equal(asNumber(counts.Parameters), told.trainable_parameters);
        const shown = answer('space', 'show', cell);
        assert.equal(asNumber(counts['Multiply-adds an image']), shown.flops);
        const expected = Object.entries({'Validation accuracy': 'validation_accuracy', 'Test accuracy': 'test_accuracy', 'Training energy': 'energy_kwh', 'Training time': 'training_time_s'});
        for (const [title, metric] of expected) {
          Object.values(told.budgets).forEach((budget, k) => {
            const {value} = budget[metric];
            const what = `${table} ${cell} ${title}`;
            if (title.endsWith('accuracy')) assert.ok(Math.abs(asNumber(values[title][k]) - 100 * value) <= 0.0076, what);
            else assertClose(asNumber(values[title][k]), value, 6.3e-4, what);
          });
        }
        assert.deepEqual(new Set(provenances), new Set(['predicted']));
        if (table === 'ecnas-7v') assert.equal(neighbours.length, shown.neighbours);
      }
    });
  }
});

test('a neighbour’s link opens its card, from which one leads back', async () => {
  await visit(reportOf('ecnas-7v'), {}, async (page) => {
    await find(page, kCell);
    const {neighbours} = await cardOf(page);
    assert.ok(neighbours.every((text) => /(edge|→).*%/.test(text)), neighbours.join('\n'));
    const place = neighbours.findIndex((text) => text.startsWith('1: '));
    await page.$$eval('.neighbours button', (buttons, k) => buttons[k].click(), place);
    const {cell} = await cardOf(page);
    assert.notEqual(cell, kCell);
    const back = await page.$$eval('.neighbours button', (buttons) => buttons.length);
    assert.ok(back > 0);
  });
});

test('the front and its knee are the program’s', async () => {
  const told = answer('front', 'ecnas-4v', '--epochs', '36');
  await visit(reportOf('ecnas-4v'), {}, async (page) => {
    await choose(page, 'Budget, epochs', '36');
    const rows = await page.$$eval('.front-details tbody tr', (list) => list.map((row) => [...row.cells].map((cell) => cell.textContent)));
    assert.deepEqual(rows.map(([hash]) => hash), told.points.map(({hash}) => hash.slice(0, 8)));
    rows.forEach(([, energy, accuracy], k) => {
      assertClose(asNumber(energy), told.points[k].energy_kwh, 6e-4, 'energy');
      assert.ok(Math.abs(asNumber(accuracy) - 100 * (1 - told.points[k].validation_error)) < 0.0051);
    });
    assert.deepEqual(rows.filter((row) => row[4] === 'knee').map(([hash]) => hash), [told.knee.hash.slice(0, 8)]);
    assert.equal(await page.$$eval('.front circle', (circles) => circles.length), told.points.length);
  });
});

test('a link of a table to a cell opens its card', async () => {
  await visit(reportOf('ecnas-4v'), {}, async (page) => {
    const text = await page.$eval('table a.cell', (link) => link.textContent);
    await page.$eval('table a.cell', (link) => link.click());
    await page.waitForFunction((hash) => document.querySelector('.card h3').textContent.includes(hash.slice(0, 8)), {}, text);
    await page.waitForFunction(() => document.activeElement.className === 'card');
  });
});

test('the hash is copied', async () => {
  await visit(reportOf('ecnas-4v'), {}, async (page) => {
    await page.evaluate(() => {
      window.copied = [];
      document.addEventListener('copy', () => window.copied.push(String(document.activeElement.value ?? '')));
      Object.defineProperty(navigator, 'clipboard', {value: {writeText: async (text) => window.copied.push(text)}});
    });
    await page.click('.copyable button');
    await page.waitForFunction(() => document.querySelector('.copyable button').textContent === 'Copied');
    assert.deepEqual(await page.evaluate(() => window.copied), [(await cardOf(page)).hash]);
  });
});

test('numbers of cells’ parts are named, also where they cost least', async () => {
  await visit(reportOf('ecnas-4v'), {}, async (page) => {
    await (await control(page, 'Cost')).select('parameters');
    await settled(page);
    assert.match(await textOf(page, '.summary'), /from [\d,]+ parameters and \d+\.\d+ % to [\d,]+ parameters and/);
    const labels = await page.$$eval('.front text', (texts) => texts.map((text) => text.textContent));
    assert.ok(labels.includes('fewest parameters'), labels.join());
  });
});
