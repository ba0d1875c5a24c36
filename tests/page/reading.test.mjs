// Readers of every kind: keyboard, dark and light, paper, telephones, colours that can be told apart.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {cardOf, inBrowser, pageOf, reportOf, settled, textOf, wide} from './support.mjs';

const visit = inBrowser();

test('arrow keys, Home and End go along the front, Enter opens a card', async () => {
  await visit(reportOf('ecnas-4v'), {}, async (page) => {
    await page.focus('.stage');
    const live = () => textOf(page, '.offscreen[aria-live]');
    const place = async () => Number(/Front point (\d+) of/.exec(await live())[1]);
    await page.keyboard.press('Home');
    assert.equal(await place(), 1);
    const total = Number(/of (\d+)/.exec(await live())[1]);
    await page.keyboard.press('ArrowLeft');
    assert.equal(await place(), 1);
    for (const key of ['ArrowRight', 'ArrowUp']) await page.keyboard.press(key);
    assert.equal(await place(), 3);
    await page.keyboard.press('ArrowDown');
    assert.equal(await place(), 2);
    assert.match(await live(), /0\.\d+ kWh and \d+\.\d+ %, cell [0-9a-f]{8}/);
    await page.keyboard.press('End');
    assert.equal(await place(), total);
    await page.keyboard.press('ArrowRight');
    assert.equal(await place(), total);
    assert.equal(await page.$eval('.tip', (tip) => tip.hidden), false);
    const hash = /cell ([0-9a-f]{8})/.exec(await live())[1];
    await page.keyboard.press('Enter');
    assert.equal((await cardOf(page)).hash.slice(0, 8), hash);
    assert.equal(await page.evaluate(() => document.activeElement.className), 'card');
    await page.focus('.stage');
    await page.keyboard.press('Home');
    await page.keyboard.press('Escape');
    assert.equal(await page.$eval('.tip', (tip) => tip.hidden), true);
  });
});

test('Tab reaches every control, and what has the focus is seen', async () => {
  await visit(reportOf('ecnas-4v'), {}, async (page) => {
    // Of radio buttons of one name the one that is checked counts.
    const controls = await page.evaluate(() => {
      const all = [...document.querySelectorAll('a[href], button, input, select, summary, [tabindex="0"]')].filter((element) =>
          !element.disabled && element.checkVisibility() && !(element.type === 'radio' && !element.checked));
      all.forEach((element, k) => (element.dataset.control = String(k)));
      return all.length;
    });
    const reached = new Set();
    const unseen = [];
    await page.evaluate(() => document.body.focus());
    for (let k = 0; k < controls + 5; ++k) {
      await page.keyboard.press('Tab');
      const {id, seen, what} = await page.evaluate(() => {
        const element = document.activeElement;
        const shown = element.matches('.segments input') ? element.nextElementSibling : element;
        const {outlineStyle, outlineWidth} = getComputedStyle(shown);
        return {id: element.dataset.control, seen: outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2, what: element.outerHTML.slice(0, 80)};
      });
      if (id !== undefined) reached.add(id);
      if (id !== undefined && !seen) unseen.push(what);
    }
    assert.equal(reached.size, controls);
    assert.deepEqual(unseen, []);
  });
});

test('everything that can be focused or seen has a name', async () => {
  for (const file of [reportOf('ecnas-4v'), pageOf('cells')]) {
    await visit(file, {}, async (page) => {
      const nameless = [];
      const walk = (node) => {
        const needs = ['button', 'link', 'textbox', 'searchbox', 'spinbutton', 'combobox', 'radio', 'checkbox', 'image', 'img', 'application', 'region', 'complementary', 'navigation'];
        if (needs.includes(node.role) && !node.name) nameless.push(node);
        for (const child of node.children ?? []) walk(child);
      };
      walk(await page.accessibility.snapshot({interestingOnly: false}));
      assert.deepEqual(nameless, []);
      assert.deepEqual(await page.evaluate(() => {
        const levels = [...document.querySelectorAll('h1, h2, h3, h4')].map((head) => Number(head.tagName[1]));
        return levels.filter((level, k) => level > (levels[k - 1] ?? 0) + 1);
      }), []);
    });
  }
});

test('dark and light follow the system, and the button', async () => {
  for (const dark of [false, true]) {
    await visit(reportOf('ecnas-4v'), {dark}, async (page) => {
      const paper = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
      const drawings = () => page.$$eval('.chart', (charts) => charts.map((chart) =>
          [...chart.querySelectorAll('svg')].filter((drawing) => drawing.checkVisibility()).map((drawing) => drawing.classList.contains('dark'))));
      const kLight = 'rgb(255, 255, 255)';
      assert.equal(await paper() === kLight, !dark);
      assert.ok((await drawings()).every((shown) => shown.length === 1 && shown[0] === dark));
      const canvas = () => page.evaluate(() => document.querySelector('.plot-area canvas').toDataURL());
      const before = await canvas();
      await page.click('#theme');
      await page.waitForFunction((count, other) => document.querySelectorAll(`.chart svg.${other}`).length === count, {},
                                 (await drawings()).length, dark ? 'light' : 'dark');
      assert.equal(await paper() === kLight, dark);
      assert.ok((await drawings()).every((shown) => shown.length === 1 && shown[0] === !dark));
      assert.notEqual(await canvas(), before);
      await page.click('#theme');
      assert.equal(await paper() === kLight, !dark);
      assert.equal(await canvas(), before);
    });
  }
});

test('on paper everything is light, and controls are left out', async () => {
  await visit(reportOf('ecnas-4v'), {dark: true}, async (page) => {
    await page.emulateMediaType('print');
    const printed = await page.evaluate(() => ({
      paper: getComputedStyle(document.body).backgroundColor,
      text: getComputedStyle(document.body).color,
      controls: [...document.querySelectorAll('.controls, .theme, .save, .neighbours')].filter((each) => each.checkVisibility()).length,
      drawings: [...document.querySelectorAll('.chart svg')].filter((each) => each.checkVisibility()).map((each) => each.classList.contains('dark')),
      charts: document.querySelectorAll('.chart').length,
      card: document.querySelector('.card').checkVisibility(),
    }));
    assert.equal(printed.paper, 'rgb(255, 255, 255)');
    assert.equal(printed.text, 'rgb(31, 36, 41)');
    assert.equal(printed.controls, 0);
    assert.deepEqual(printed.drawings, new Array(printed.charts).fill(false));
    assert.equal(printed.card, true);
    await page.setViewport({width: 700, height: 1000});  // A4 between its margins
    await page.waitForFunction(() => document.querySelector('.plot-area canvas').getBoundingClientRect().right <= innerWidth);
    await settled(page);
    assert.deepEqual(await page.evaluate(() => [...document.querySelectorAll('table, svg, canvas')].filter((each) => each.getBoundingClientRect().right > innerWidth + 1)
        .map((each) => each.textContent.slice(0, 60))), []);
    await page.emulateMediaType(undefined);
    const paper = await page.pdf({format: 'A4'});
    assert.ok(paper.length > 50_000);
  });
  await visit(pageOf('cells'), {}, async (page) => {
    await page.emulateMediaType('print');
    assert.ok(await page.$$eval('.drawn-cell', (texts) => texts.every((text) => text.checkVisibility())));
  });
});

test('nothing is wider than a telephone, a tablet or a window, whatever it is made to be', async () => {
  const kFiles = [
    [reportOf('ecnas-7v'), [390, 320]], [reportOf('ecnas-4v'), [1280, 390, 1024, 320, 768, 1920]],
    [pageOf('hostile'), [390, 320]], [pageOf('cells'), [390, 320]],
  ];
  for (const [file, widths] of kFiles) {
    await visit(file, {width: widths[0]}, async (page) => {
      for (const width of widths) {
        await page.setViewport({width, height: 900});
        await page.waitForFunction((wanted) => innerWidth === wanted && document.querySelector('.plot-area canvas').getBoundingClientRect().right <= innerWidth, {}, width);
        await settled(page);
        await settled(page);
        const {found, scrollWidth, innerWidth} = await wide(page);
        assert.deepEqual(found, [], `${file} at ${width}`);
        assert.ok(scrollWidth <= innerWidth, `${file} at ${width}: ${scrollWidth} > ${innerWidth}`);
        const [drawn, place] = await page.evaluate(() => ['.plot-area canvas', '.plot-area'].map((selector) =>
            document.querySelector(selector).getBoundingClientRect().width));
        assert.ok(drawn > 0.6 * place && drawn < place, `a plot of ${drawn} in ${place} at ${width}`);
      }
    });
  }
});

// WCAG 2.2: relative luminance and contrast of two colours.
function contrast(a, b) {
  const luminance = (colour) => {
    const [r, g, blue] = colour.map((value) => {
      const part = value / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * blue;
  };
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

test('texts stand out from their paper in both themes', async () => {
  for (const dark of [false, true]) {
    await visit(reportOf('ecnas-4v'), {dark}, async (page) => {
      const colours = await page.evaluate(() => Object.fromEntries(
        ['paper', 'panel', 'text', 'faint', 'link', 'better', 'worse'].map((name) => {
          const probe = document.createElement('span');
          probe.style.color = `var(--${name})`;
          document.body.append(probe);
          const value = getComputedStyle(probe).color.match(/[\d.]+/g).slice(0, 3).map(Number);
          probe.remove();
          return [name, value];
        })));
      for (const text of ['text', 'faint', 'link', 'better', 'worse']) {
        for (const paper of ['paper', 'panel']) {
          const found = contrast(colours[text], colours[paper]);
          assert.ok(found >= 4.5, `${text} on ${paper}, ${dark ? 'dark' : 'light'}: ${found.toFixed(2)}`);
        }
      }
      const pairs = await page.evaluate(() => [...document.querySelectorAll('.segments input:checked + span, .badge, .graph .vertex text')].map((element) => {
        const behind = element.closest('.vertex')?.querySelector('rect');
        const style = getComputedStyle(element);
        const numbers = (value) => value.match(/[\d.]+/g).slice(0, 3).map(Number);
        return [element.textContent, numbers(behind ? style.fill : style.color), numbers(behind ? getComputedStyle(behind).fill : style.backgroundColor)];
      }));
      for (const [text, front, back] of pairs) assert.ok(contrast(front, back) >= 4.5, `${text}, ${dark ? 'dark' : 'light'}: ${contrast(front, back).toFixed(2)}`);
    });
  }
});

test('a figure is saved as SVG and PNG', async () => {
  await visit(reportOf('ecnas-4v'), {}, async (page) => {
    await page.evaluate(() => {
      window.saved = [];
      HTMLAnchorElement.prototype.click = function click() {
        window.saved.push([this.download, this.href.slice(0, 14)]);
      };
    });
    for (const kind of [1, 2]) await page.click(`.save button:nth-of-type(${kind})`);
    await page.waitForFunction(() => window.saved.length === 2);
    const saved = new Map(await page.evaluate(() => window.saved));
    assert.match(saved.get('figure-0.svg'), /^blob:/);
    assert.equal(saved.get('figure-0.png'), 'data:image/png');
  });
});

test('outlines of regions end at the edges of the plot', async () => {
  await visit(reportOf('ecnas-4v'), {}, async (page) => {
    const {outlines, overflow, canvas, cut} = await page.evaluate(() => {
      const element = document.querySelector('.regions .outlines');
      const {width, height} = document.querySelector('.plot-area canvas').getBoundingClientRect();
      return {
        outlines: element.querySelectorAll('.region').length, overflow: getComputedStyle(element).overflow,
        canvas: [width, height].map(Math.round),
        cut: [element.width.baseVal.value, element.height.baseVal.value].map(Math.round),
      };
    });
    assert.equal(outlines, 2);
    assert.equal(overflow, 'hidden');
    assert.deepEqual(cut, canvas);
  });
});

test('a telephone shows captions of wide tables whole', async () => {
  await visit(reportOf('ecnas-7v'), {width: 390, height: 844}, async (page) => {
    const cut = await page.$$eval('.data caption', (captions) => captions.filter((caption) =>
        caption.checkVisibility() && caption.getBoundingClientRect().right > innerWidth).map((caption) => caption.textContent));
    assert.deepEqual(cut, []);
  });
});
