// A page that `ecnas explore` serves asks for what it does not hold, and only its own reader may.
import assert from 'node:assert/strict';
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:http';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {after, before, test} from 'node:test';
import {launch} from './browser.mjs';
import {answer, asNumber, cardOf, cardShows, output, program, search, setNumber, textOf} from './support.mjs';

const directory = mkdtempSync(join(tmpdir(), 'ecnas-live-'));
const table = join(directory, 't.ecnas');
let browser;

// The built-in table of 4 vertices with a second repeat of each value, and a metric that no page
// holds.
function makeTable() {
  const exported = join(directory, 'ecnas-4v.csv');
  output(program, 'export', 'ecnas-4v', '-o', exported);
  const [header, ...lines] = readFileSync(exported, 'utf8').trim().split('\n').map((line) => line.split(','));
  const kept = header.map((name, k) => k).filter((k) => !/_provenance$|90$/.test(header[k]));
  const row = (line, repeat, factor, power) => [...kept.map((k) =>
      (header[k] === 'repeat' ? repeat : header[k] === 'energy_kwh' ? Number(line[k]) * factor : line[k])), power].join();
  const text = [[...kept.map((k) => header[k]), 'gpu0_average_power_w'].join(),
                ...lines.flatMap((line) => [row(line, 1, 1, 150), row(line, 2, 1.02, 160)])].join('\n');
  writeFileSync(join(directory, 't.csv'), `${text}\n`);
  output(program, 'import', join(directory, 't.csv'), '-o', table);
}

before(async () => {
  makeTable();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  rmSync(directory, {recursive: true, force: true});
});

// Calls `action` with a server's address and what stops it.
async function served(action) {
  const process = spawn(program, ['explore', table, '--json'], {stdio: ['ignore', 'pipe', 'ignore']});
  const ended = once(process, 'exit');
  try {
    const [line] = await once(createInterface(process.stdout), 'line');
    await action(JSON.parse(line).address, async () => {
      process.kill('SIGINT');
      assert.deepEqual(await ended, [130, null]);
    });
  } finally {
    process.kill('SIGKILL');
    await ended;
  }
}

// Calls `action` with the page at an address; script errors are faults.
async function visit(address, action) {
  const page = await browser.newPage();
  const faults = [];
  page.on('pageerror', (error) => faults.push(String(error)));
  try {
    await page.goto(address, {waitUntil: 'load'});
    await page.waitForFunction(() => document.documentElement.dataset.ready === 'true', {timeout: 60000});
    await action(page);
    assert.deepEqual(faults, []);
  } finally {
    await page.close();
  }
}

const cell = '0110001000010000:conv3x3,maxpool3x3';

async function showCell(page, text) {
  await search(page, text);
  await cardShows(page, text);
}

// By metric and epochs, what the card's table of stored values shows.
function storedOf(page) {
  return page.$eval('.card .stored', (stored) => Object.fromEntries([...stored.tBodies].map(({rows: [head, ...rows]}) =>
      [head.cells[0].firstChild.textContent, Object.fromEntries([...rows].map(({cells: [epochs, value, small]}) => [epochs.textContent, {
        value: value.textContent,
        provenance: value.querySelector('.mark').title,
        small: [...small.children].map((part) => part.textContent),
      }]))])));
}

test('the card of a served page shows every value and repeat that query says', async () => {
  await served(async (address) => {
    await visit(address, async (page) => {
      await showCell(page, cell);
      await page.waitForSelector('.card .stored');
      const {budgets, hash} = answer('query', table, cell);
      assert.equal((await cardOf(page)).hash, hash);
      const stored = await storedOf(page);
      const names = Object.keys(budgets[108]);
      assert.ok(names.includes('gpu0_average_power_w') && names.includes('co2eq_g'));
      assert.deepEqual(Object.keys(stored), names);
      for (const name of names) {
        assert.deepEqual(Object.keys(stored[name]), Object.keys(budgets));
        for (const [epochs, metrics] of Object.entries(budgets)) {
          const {value, provenance, repeats} = metrics[name];
          const shown = stored[name][epochs];
          assert.equal(Number(shown.value), value, name);
          assert.equal(shown.provenance, provenance, name);
          assert.deepEqual(shown.small[0].split(' · ').map(Number), repeats, name);
        }
      }
      const energies = budgets[108].energy_kwh.repeats;
      assert.ok(energies.length === 2 && energies[0] !== energies[1]);
    });
  });
});

test('exact values are converted as the reader chose', async () => {
  await served(async (address) => {
    await visit(address, async (page) => {
      await showCell(page, cell);
      await page.waitForSelector('.card .stored');
      await setNumber(page, 'PUE', 2);
      const expected = answer('query', table, cell, '--pue', 2).budgets[108].energy_kwh.value;
      const shown = asNumber((await cardOf(page)).values['Training energy'].at(-1));
      assert.ok(Math.abs(shown / expected - 1) < 1e-3, `${shown}, expected ${expected}`);
    });
  });
});

test('what the server says stands in the card, not what the page holds', async () => {
  await served(async (address) => {
    const page = await browser.newPage();
    try {
      await page.setRequestInterception(true);
      page.on('request', async (request) => {
        if (!request.url().includes('/cells/')) return request.continue();
        const document = await (await fetch(request.url())).json();
        document.budgets[108].energy_kwh.value = 4.321;
        for (const neighbour of document.neighbours) neighbour.budgets[108].energy_kwh = 43.21;
        return request.respond({status: 200, contentType: 'application/json', body: JSON.stringify(document)});
      });
      await page.goto(address, {waitUntil: 'load'});
      await page.waitForSelector('.card .stored');
      const {values, neighbours} = await cardOf(page);
      assert.equal(values['Training energy'].at(-1), '4.321');
      assert.ok(neighbours.length > 0);
      for (const text of neighbours) assert.match(text, /\+900 %/);
    } finally {
      await page.close();
    }
  });
});

test('when the server has stopped, cards say so and show what the page holds', async () => {
  await served(async (address, stop) => {
    await visit(address, async (page) => {
      await page.waitForSelector('.card .stored');
      await stop();
      await showCell(page, cell);
      const note = await page.waitForSelector('.card .warning[role="status"]');
      assert.equal(await note.evaluate((element) => element.textContent),
                   'The server has stopped; values are those of the page.');
      assert.equal(await page.$('.card .stored'), null);
      const {values} = await cardOf(page);
      const expected = answer('query', table, cell).budgets[108].validation_accuracy.value;
      assert.equal(values['Validation accuracy'].at(-1), (100 * expected).toFixed(2));
    });
  });
});

// What a page of another origin gets by each of its means: anything it could read is a fault.
function attempts(address) {
  const read = (promise) => promise.then((response) => response.type, () => 'refused');
  const loaded = (name, key) => new Promise((resolve) => {
    const element = document.createElement(name);
    element[key] = address;
    element.onload = () => resolve(name === 'iframe' && element.contentDocument === null ? 'refused' : 'loaded');
    element.onerror = () => resolve('refused');
    document.body.append(element);
  });
  const opened = window.open(address);
  return Promise.all([
    read(fetch(address)), read(fetch(address, {mode: 'no-cors'})), read(fetch(address, {method: 'POST'})),
    loaded('script', 'src'), loaded('img', 'src'), loaded('iframe', 'src'),
    Promise.resolve(opened === null || opened.document === undefined ? 'refused' : 'opened'),
  ]);
}

test('a page of another origin reads nothing', async () => {
  await served(async (address) => {
    const foreign = createServer((_, response) => response.setHeader('Content-Type', 'text/html').end('<body>'));
    foreign.listen(0, '127.0.0.1');
    await once(foreign, 'listening');
    const page = await browser.newPage();
    try {
      for (const host of ['127.0.0.1', 'localhost']) {
        await page.goto(`http://${host}:${foreign.address().port}/`);
        const statuses = [];
        page.on('response', (response) => response.url() === address && statuses.push(response.status()));
        // The browser tells of a response when it likes, also after the page's script is done.
        const answered = page.waitForResponse((response) => response.url() === address);
        const results = await page.evaluate(attempts, address);
        assert.deepEqual(results.slice(0, 6), new Array(6).fill('refused'), host);
        await answered;
        assert.ok(statuses.length > 0 && statuses.every((status) => status === 403), String(statuses));
        page.removeAllListeners('response');
      }
    } finally {
      await page.close();
      foreign.close();
    }
  });
});

test('a page that is not served asks nothing', async () => {
  output(program, 'report', table, '-o', join(directory, 'report'));
  const page = await browser.newPage();
  try {
    const asked = [];
    page.on('request', (request) => /^(http|ws)/.test(request.url()) && asked.push(request.url()));
    await page.goto(`file://${join(directory, 'report', 'index.html')}`);
    await page.waitForFunction(() => document.documentElement.dataset.ready === 'true', {timeout: 60000});
    assert.match(await textOf(page, '.card'), /One edit away/);
    assert.deepEqual(asked, []);
    assert.equal(await page.$('.card .stored'), null);
  } finally {
    await page.close();
  }
});
