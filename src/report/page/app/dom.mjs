// Elements from names, attributes and children. Texts become text nodes, never markup.

const kSvg = 'http://www.w3.org/2000/svg';

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return element;
}

export function h(name, attributes, ...children) {
  return filled(document.createElement(name), attributes, children);
}

export function svg(name, attributes, ...children) {
  return filled(document.createElementNS(kSvg, name), attributes, children);
}

// What a custom property of the style sheet is now, as a colour that a canvas takes.
export function colour(name) {
  const probe = h('span', {hidden: true});
  probe.style.color = `var(${name})`;
  document.body.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}

export function channels(text) {
  return text.match(/[\d.]+/g).slice(0, 3).map(Number);
}

export function json(id) {
  const element = document.getElementById(id);
  return element && JSON.parse(element.textContent);
}

export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    // Where the page may not use the clipboard (a file: page in some browsers), the old way.
    const field = h('textarea', {'aria-hidden': 'true', class: 'offscreen'}, text);
    document.body.append(field);
    field.select();
    document.execCommand('copy');
    field.remove();
  }
}
