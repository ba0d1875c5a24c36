// Draws Vega-Lite specifications as SVG, without evaluating any text as code: Vega's expressions
// are interpreted. Nothing is loaded from anywhere.
import {expressionInterpreter} from 'vega-interpreter';
import {compile} from 'vega-lite';
import {View, Warn, logger, parse} from 'vega';
import {h, json} from './dom.mjs';
import {onTheme, shownTheme} from './theme.mjs';

// Loads nothing, and notes in `refused` that it was asked to.
function refusingLoader(refused) {
  const refuse = async () => {
    refused.push('it asks for something outside the page');
    throw new Error(refused[0]);
  };
  return {load: refuse, sanitize: refuse, http: refuse, file: refuse};
}

// --- Dark colours --------------------------------------------------------------------------------

function toHsl(hex) {
  const [r, g, b] = [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16) / 255);
  const high = Math.max(r, g, b);
  const low = Math.min(r, g, b);
  const light = (high + low) / 2;
  const span = high - low;
  if (span === 0) return [0, 0, light];
  const saturation = span / (1 - Math.abs(2 * light - 1));
  const hue = high === r ? ((g - b) / span + 6) % 6 : high === g ? (b - r) / span + 2 : (r - g) / span + 4;
  return [60 * hue, saturation, light];
}

function fromHsl(hue, saturation, light) {
  const part = (n) => {
    const k = (n + hue / 30) % 12;
    const value = light - saturation * Math.min(light, 1 - light) * Math.max(-1, Math.min(k - 3, 9 - k, 1));
    return Math.round(255 * value).toString(16).padStart(2, '0');
  };
  return `#${part(0)}${part(8)}${part(4)}`;
}

// Greys and blues, which carry order by lightness, are turned around; the other colours of the
// palette stand out on both papers.
function darkened(hex) {
  const [hue, saturation, light] = toHsl(hex);
  const isGrey = saturation < 0.08;
  const isBlue = hue > 185 && hue < 235;
  if (!isGrey && !isBlue) return hex;
  return fromHsl(hue, isBlue ? Math.min(saturation, 0.75) : saturation, isGrey ? 0.95 - 0.86 * light : 1.02 - 0.82 * light);
}

function recoloured(value) {
  if (typeof value === 'string') return /^#[0-9a-f]{6}$/i.test(value) ? darkened(value) : value;
  if (Array.isArray(value)) return value.map(recoloured);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, recoloured(each)]));
}

// Vega makes expressions of titles, whose parser takes no line separator in a text, and SVG holds no
// control characters: they become spaces, as in the figures that we make.
const kUndrawable = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufffe\uffff]/g;

function drawable(value) {
  if (typeof value === 'string') return value.replace(kUndrawable, ' ');
  if (Array.isArray(value)) return value.map(drawable);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, drawable(each)]));
}

// --- Drawing -------------------------------------------------------------------------------------

async function viewOf(specification, dark) {
  const themed = dark ? recoloured(specification) : specification;
  const {spec} = compile({...themed, background: dark ? null : themed.background});
  const refused = [];
  const complaints = logger(Warn, 'warn', (method, level, texts) => refused.length === 0 && console[method](level, ...texts));
  const view = new View(parse(spec, null, {ast: true}), {
    renderer: 'none', loader: refusingLoader(refused), logger: complaints, expr: expressionInterpreter,
  });
  view.error = (error) => {
    throw error instanceof Error ? error : new Error(String(error));
  };
  await view.runAsync();
  if (refused.length > 0) throw new Error(refused[0]);
  return view;
}

// The drawing of a theme as elements. An SVG document holds no script unless a script was put there, and Vega
// puts none; what is copied is checked all the same.
function imported(text, theme) {
  const drawing = new DOMParser().parseFromString(text, 'image/svg+xml').documentElement;
  for (const element of drawing.querySelectorAll('script, foreignObject, a')) element.remove();
  const width = Number(drawing.getAttribute('width'));
  drawing.setAttribute('aria-hidden', 'true');
  drawing.classList.add(theme);
  drawing.style.maxWidth = `${width}px`;
  return document.importNode(drawing, true);
}

function save(name, url) {
  h('a', {href: url, download: name}).click();
}

function saveButtons(specification, name) {
  const svgFile = async () => {
    const view = await viewOf(specification, false);
    save(`${name}.svg`, URL.createObjectURL(new Blob([await view.toSVG()], {type: 'image/svg+xml'})));
  };
  const pngFile = async () => {
    const view = await viewOf(specification, false);
    save(`${name}.png`, await view.toImageURL('png', 2));
  };
  return h('div', {class: 'save'}, 'Save as ',
           h('button', {type: 'button', onclick: svgFile}, 'SVG'),
           h('button', {type: 'button', onclick: pngFile}, 'PNG'));
}

// A figure, drawn once for each theme that asks for it; the style sheet shows one of the drawings.
class Chart {
  #place;
  #specification;
  #drawn = {};

  constructor(place) {
    const name = place.dataset.specification;
    this.#place = place;
    this.#specification = drawable(json(name));
    place.replaceChildren();
    place.after(saveButtons(this.#specification, name));
  }
  draw(theme) {
    this.#drawn[theme] ??= this.#draw(theme);
    return this.#drawn[theme];
  }
  async #draw(theme) {
    try {
      const view = await viewOf(this.#specification, theme === 'dark');
      this.#place.append(imported(await view.toSVG(), theme));
      view.finalize();
    } catch (error) {
      this.#place.replaceChildren(h('p', {class: 'failed'}, `This figure cannot be drawn: ${error.message}`));
    }
  }
}

// Draws all figures of the page one after another, leaving the browser time between. They are drawn
// in light colours in any case, for paper.
export async function drawFigures() {
  const charts = [...document.querySelectorAll('.chart[data-specification]')].map((place) => new Chart(place));
  const draw = async (theme) => {
    for (const chart of charts) {
      await new Promise((resolve) => setTimeout(resolve));
      await chart.draw(theme);
    }
  };
  onTheme(() => draw(shownTheme()));
  await draw(shownTheme());
  await draw('light');
}
