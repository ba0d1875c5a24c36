// Starts what moves on a page.
import {Cloud} from './cloud.mjs';
import {h, json} from './dom.mjs';
import {Explorer} from './explorer.mjs';
import {drawFigures} from './figures.mjs';
import {setUpTheme} from './theme.mjs';
import {decodeBeside} from './workers.mjs';

async function explore() {
  const figure = document.getElementById('explorer');
  const header = json('cells-header');
  if (!figure || !header) return;
  const data = document.getElementById('cells-data');
  try {
    const decoded = await decodeBeside(header, data.textContent.trim());
    data.remove();
    new Explorer(figure, new Cloud(header, decoded));
  } catch (error) {
    figure.querySelector('.waiting')?.replaceChildren(h('p', {class: 'warning'}, `The cells cannot be shown: ${error.message}`));
  }
}

// Text first: what takes time begins after the first paint.
function afterPaint(task) {
  requestAnimationFrame(() => setTimeout(task));
}

setUpTheme();
afterPaint(async () => {
  await explore();
  await drawFigures();
  document.documentElement.dataset.ready = 'true';
});
