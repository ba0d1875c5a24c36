// What the tests of pages share: where things are, the program's answers, a browser a file.
import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before} from 'node:test';
import {launch, open} from './browser.mjs';
import {Cloud, decode} from '../../src/report/page/app/cloud.mjs';

export const {program, fixture, template, pages} = JSON.parse(process.env.ECNAS_PAGE_TESTS ?? '{}');
if (!pages) throw new Error('start these tests by run.mjs');

export function output(command, ...args) {
  return execFileSync(command, args, {encoding: 'utf8', maxBuffer: 2 ** 28, stdio: ['ignore', 'pipe', 'pipe']});
}
export function answer(...args) {
  return JSON.parse(output(program, ...args, '--json'));
}

export function reportOf(table) {
  return join(pages, table, 'index.html');
}
export function pageOf(name) {
  return join(pages, `${name}.html`);
}

// The cells of a page's file, decoded as the page does it.
export async function cloudOf(file) {
  const text = readFileSync(file, 'utf8');
  const part = (id) => text.match(new RegExp(`id="${id}">([^<]*)</script>`))[1];
  const header = JSON.parse(part('cells-header'));
  return new Cloud(header, await decode(header, part('cells-data')));
}

// A browser for all tests of a file; pages opened by `visit` must end without a fault or a request.
export function inBrowser() {
  let browser;
  before(async () => (browser = await launch()));
  after(() => browser?.close());
  return async function visit(file, options, action) {
    const {page, faults, requests, close} = await open(browser, file, options);
    try {
      await action(page);
      assert.deepEqual(faults, []);
      assert.deepEqual(requests, []);
    } finally {
      await close();
    }
  };
}

// After what the page does on the next frames.
export function settled(page) {
  return page.evaluate(() => new Promise((resolve) =>
      requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve)))));
}

export function textOf(page, selector) {
  return page.$eval(selector, (element) => element.textContent);
}

// Checks the radio button or box of a legend that has this label.
export async function choose(page, legend, label) {
  const found = await page.evaluate((wantedLegend, wantedLabel) => {
    for (const field of document.querySelectorAll('fieldset.choice')) {
      if (field.querySelector('legend').textContent !== wantedLegend) continue;
      for (const each of field.querySelectorAll('label')) {
        if (each.textContent !== wantedLabel) continue;
        each.querySelector('input').click();
        return true;
      }
    }
    return false;
  }, legend, label);
  assert.ok(found, `${legend}: ${label}`);
  await settled(page);
}

// The control whose label this is.
export async function control(page, label) {
  const handle = await page.evaluateHandle((wanted) => [...document.querySelectorAll('.control label')]
      .find((each) => each.textContent === wanted)?.parentElement.querySelector('input, select'), label);
  const element = handle.asElement();
  assert.ok(element, label);
  return element;
}

export async function setNumber(page, label, value) {
  const input = await control(page, label);
  await input.evaluate((element, text) => {
    element.value = text;
    element.dispatchEvent(new Event('input', {bubbles: true}));
  }, String(value));
  await settled(page);
}

// Waits for the card of the cell whose text, or hash, begins like this.
export function cardShows(page, text) {
  return page.waitForFunction((wanted) => [...document.querySelectorAll('.card .copyable code')]
      .some((code) => code.textContent.startsWith(wanted)), {timeout: 30000}, text);
}

export async function search(page, text) {
  await page.$eval('#search', (input, value) => {
    input.value = value;
    input.dispatchEvent(new Event('input', {bubbles: true}));
  }, text);
}

// The numbers of the card: by title of a quantity its values by budget, as texts without marks and
// intervals.
export function cardOf(page) {
  return page.$eval('.card', (card) => {
    const values = {};
    for (const body of card.querySelectorAll('.metrics tbody')) {
      const [head, row] = body.rows;
      const title = head.cells[0].firstChild.textContent;
      values[title] = [...row.cells].map((cell) =>
          [...cell.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE).map((node) => node.textContent).join(''));
    }
    const counts = Object.fromEntries([...card.querySelectorAll('.counts > div')].map((each) =>
        [each.querySelector('dt').textContent, each.querySelector('dd').textContent]));
    const [hash, cell] = [...card.querySelectorAll('.copyable code')].map((code) => code.textContent);
    return {
      title: card.querySelector('h3').firstChild.textContent, values, counts, hash, cell,
      provenances: [...card.querySelectorAll('.metrics .mark')].map((mark) => mark.title),
      neighbours: [...card.querySelectorAll('.neighbours tbody tr')].map((row) => row.textContent),
    };
  });
}

export function asNumber(text) {
  return Number(text.replaceAll(',', '').replace('−', '-'));
}

// @param tolerance  relative
export function assertClose(found, expected, tolerance, what) {
  assert.ok(Math.abs(found - expected) <= tolerance * Math.abs(expected), `${what}: ${found}, expected ${expected} ± ${tolerance}`);
}

// Elements that stick out of the page to the right, other than those within what can be scrolled.
export function wide(page) {
  return page.evaluate(() => {
    const found = [];
    for (const element of document.querySelectorAll('body *')) {
      if (element.closest('.scroll, .chart, .offscreen, .skip') && !element.matches('.scroll, .chart')) continue;
      if (!element.checkVisibility()) continue;  // what is folded keeps the size it had
      const {right, width} = element.getBoundingClientRect();
      if (width > 0 && right > innerWidth + 1) found.push(`${element.tagName}.${element.getAttribute('class')} ${right}`);
    }
    const {scrollWidth} = document.scrollingElement;
    return {found, scrollWidth, innerWidth};
  });
}
