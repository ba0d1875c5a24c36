// The page of a comparison: every figure is drawn, in both themes.
import assert from 'node:assert/strict';
import {test} from 'node:test';
import {inBrowser, reportOf, settled, wide} from './support.mjs';

const visit = inBrowser();

for (const theme of ['light', 'dark']) {
  test(`every figure of a comparison is drawn in ${theme} colours`, async () => {
    await visit(reportOf('compare'), {dark: theme === 'dark'}, async (page) => {
      await page.waitForFunction((shown) =>
        [...document.querySelectorAll('.chart[data-specification]')].every((chart) => chart.querySelector(`svg.${shown}`)), {}, theme);
      const figures = await page.$$eval('.chart svg', (drawings) => drawings.length);
      assert.ok(figures >= 7, `${figures} figures`);
      assert.equal(await page.$$eval('.failed', (failed) => failed.length), 0);
    });
  });
}

test('a comparison is no wider than a telephone', async () => {
  await visit(reportOf('compare'), {width: 390}, async (page) => {
    for (const width of [390, 320]) {
      await page.setViewport({width, height: 900});
      await settled(page);
      const {found, scrollWidth, innerWidth} = await wide(page);
      assert.deepEqual(found, [], `at ${width}`);
      assert.ok(scrollWidth <= innerWidth, `at ${width}: ${scrollWidth}`);
    }
  });
});
