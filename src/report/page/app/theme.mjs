// Light, dark, or as the system has it.
const kDark = matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set();

// 'light' or 'dark'.
export function shownTheme() {
  return document.documentElement.dataset.theme ?? (kDark.matches ? 'dark' : 'light');
}

// Calls back whenever colours change.
export function onTheme(listener) {
  listeners.add(listener);
}

function changed() {
  document.documentElement.dataset.shows = shownTheme();
  for (const listener of listeners) listener();
}

// What the system has anyway is not kept, so that the page follows it again.
function choose(theme) {
  const {dataset} = document.documentElement;
  delete dataset.theme;
  const isSystems = shownTheme() === theme;
  if (!isSystems) dataset.theme = theme;
  try {
    if (isSystems) localStorage.removeItem('ecnas-theme');
    else localStorage.setItem('ecnas-theme', theme);
  } catch {
    // Not kept, then.
  }
  changed();
}

export function setUpTheme() {
  const button = document.getElementById('theme');
  const label = () => {
    const other = shownTheme() === 'dark' ? 'light' : 'dark';
    button.textContent = other === 'dark' ? 'Dark' : 'Light';
    button.setAttribute('aria-label', `Use ${other} colours`);
  };
  button.hidden = false;
  button.addEventListener('click', () => choose(shownTheme() === 'dark' ? 'light' : 'dark'));
  kDark.addEventListener('change', changed);
  onTheme(label);
  changed();
  setUpPrint();
}

// Paper is white.
function setUpPrint() {
  let before;
  addEventListener('beforeprint', () => {
    before = document.documentElement.dataset.theme;
    document.documentElement.dataset.theme = 'light';
    changed();
  });
  addEventListener('afterprint', () => {
    if (before === undefined) delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = before;
    changed();
  });
}
