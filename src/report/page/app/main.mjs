// Starts what moves on a page.
import {Cloud} from './cloud.mjs';
import {h, json} from './dom.mjs';
import {drawCells} from './drawings.mjs';
import {Explorer} from './explorer.mjs';
import {drawFigures} from './figures.mjs';
import {setUpTheme} from './theme.mjs';
import {decodeBeside} from './workers.mjs';

async function explore() {
  const figure = document.getElementById('explorer');
  if (!figure) return;
  try {
    const header = json('cells-header');
    const data = document.getElementById('cells-data');
    const decoded = await decodeBeside(header, data.textContent.trim());
    data.remove();
    new Explorer(figure, new Cloud(header, decoded));
  } catch (error) {
    const reason = h('p', {class: 'warning', role: 'alert'}, `The cells cannot be shown: ${error.message}`);
    const place = figure.querySelector('.waiting');
    if (place) place.replaceChildren(reason);
    else figure.prepend(reason);
  }
}

// Text first: what takes time begins after the first paint.
function afterPaint(task) {
  requestAnimationFrame(() => setTimeout(task));
}

setUpTheme();
drawCells();
afterPaint(async () => {
  await explore();
  await drawFigures();
  document.documentElement.dataset.ready = 'true';
  performance.mark('ecnas-ready');
});
