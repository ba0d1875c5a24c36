// Whatever a table or a page's texts hold is shown as text; nothing of it runs or becomes markup.
import assert from 'node:assert/strict';
import {readdirSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'node:test';
import {inBrowser, output, pageOf, pages, program, search, settled} from './support.mjs';

const visit = inBrowser();
const kShown = '<script>window.ran=1</script></script></style></title><img src=x onerror="window.ran=1"><!--<script>' +
    '\'"`&lt;&amp;${window.ran=1}{{constructor.constructor(\'window.ran=1\')()}}javascript:window.ran=1 ]]><!--ecnas:data--> | |';
const kBroken = '\ufffd\ufffd';  // bytes that are no UTF-8

// What texts may have become.
function strange(page) {
  return page.evaluate(() => ({
    ran: window.ran ?? null,
    images: document.querySelectorAll('img, iframe, object, embed, foreignObject, link, base, form').length,
    handlers: [...document.querySelectorAll('*')].filter((element) =>
        [...element.attributes].some(({name, value}) => name.startsWith('on') || /^\s*javascript:/i.test(value) && name !== 'aria-label' && name !== 'data-cell')).length,
    scripts: [...document.scripts].filter((script) => !script.type).length,
  }));
}

async function useEverything(page) {
  await page.evaluate(() => {
    for (const each of document.querySelectorAll('details')) each.open = true;
    for (const each of document.querySelectorAll('button:not(.save button)')) each.click();
    for (const each of document.querySelectorAll('a.cell')) each.click();
  });
  await settled(page);
  const box = await page.$eval('.stage', (stage) => stage.getBoundingClientRect().toJSON());
  for (let k = 1; k < 8; ++k) await page.mouse.move(box.x + (k * box.width) / 8, box.y + (k * box.height) / 8);
  await search(page, '<img src=x onerror="window.ran=1">');
  await new Promise((resolve) => setTimeout(resolve, 250));
}

test('texts of a page that try to be markup or script are shown as they stand', async () => {
  for (const dark of [false, true]) {
    await visit(pageOf('hostile'), {dark}, async (page) => {
      await useEverything(page);
      assert.deepEqual(await strange(page), {ran: null, images: 0, handlers: 0, scripts: 2});
      const text = kShown + kBroken;
      assert.equal(await page.title(), text.replace(/\s+/g, ' '));
      const shown = await page.evaluate(() => Object.fromEntries([
        'h1', '.lead', 'h2', '.contents a', '.fact dd', '.shares th[scope=row]', 'section > p', '.explorer figcaption', 'figure.cells figcaption',
        '.drawings .caption', '.data.shares .unit', 'main > section > .scroll caption', 'main > section > .scroll td', 'a.cell', '.folded summary', 'figure:not(.explorer):not(.cells) figcaption', 'footer code',
        '.regions text',
      ].map((selector) => [selector, document.querySelector(selector)?.textContent])));
      for (const [selector, found] of Object.entries(shown)) {
        if (selector === '.shares th[scope=row]') assert.equal(found, `${text} ${text}`);
        else assert.equal(found, text, selector);
      }
      assert.equal(await page.$eval('.chart', (chart) => chart.getAttribute('aria-label')), text);
      const drawn = await page.$eval('.chart svg', (drawing) => drawing.textContent);
      assert.ok(drawn.includes('<script>window.ran'), drawn);
    });
  }
});

test('a table whose name and metadata try to be markup gives a page that shows them', async () => {
  const name = readdirSync(pages).find((each) => each.endsWith('.ecnas') && each.startsWith('<img'));
  const directory = join(pages, 'hostile-report');
  output(program, 'report', join(pages, name), '-o', directory);
  await visit(join(directory, 'index.html'), {}, async (page) => {
    await useEverything(page);
    assert.deepEqual(await strange(page), {ran: null, images: 0, handlers: 0, scripts: 2});
    const facts = await page.$$eval('.fact', (list) => Object.fromEntries(list.map((fact) =>
        [fact.querySelector('dt').textContent, fact.querySelector('dd').textContent])));
    assert.equal(facts.Table, name);
    for (const term of ['Data set', 'Source', 'Citation']) assert.equal(facts[term], kShown, term);
    assert.equal(facts.Devices, `${kShown}second`);
    assert.ok((await page.$eval('h1', (head) => head.textContent)).includes('<img src=x'));
    assert.ok((await page.$eval('footer', (foot) => foot.textContent)).includes('<img src=x'));
  });
});

test('the policy of the page forbids what nobody asks for', async () => {
  await visit(pageOf('cells'), {}, async (page) => {
    const refused = await page.evaluate(async () => {
      const seen = [];
      document.addEventListener('securitypolicyviolation', (event) => seen.push(event.effectiveDirective));
      const script = document.createElement('script');
      script.textContent = 'window.ran = 1';
      document.body.append(script);
      const button = document.createElement('button');
      button.setAttribute('onclick', 'window.ran = 1');
      document.body.append(button);
      button.click();
      let evaluated = 'refused';
      try {
        evaluated = new Function('return 1')();
      } catch {
        // As it should be.
      }
      const fetched = await fetch('data:text/plain,x').then(() => 'fetched', () => 'refused');
      await new Promise((resolve) => setTimeout(resolve, 50));
      return {seen: [...new Set(seen)].sort(), ran: window.ran ?? null, evaluated, fetched};
    });
    assert.equal(refused.ran, null);
    assert.equal(refused.fetched, 'refused');
    assert.ok(refused.seen.includes('connect-src'));
    assert.ok(refused.seen.some((each) => each.startsWith('script-src')));
  }).catch((error) => {
    // The refusals themselves are faults in the console.
    if (!/Content Security Policy/.test(String(error.actual ?? error))) throw error;
  });
});
