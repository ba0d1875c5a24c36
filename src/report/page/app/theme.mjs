// Light, dark, or as the system has it.
const kDark = matchMedia('(prefers-color-scheme: dark)');
const listeners = new Set();

export function isDark() {
  const {theme} = document.documentElement.dataset;
  return theme ? theme === 'dark' : kDark.matches;
}

// Calls back whenever colours change.
export function onTheme(listener) {
  listeners.add(listener);
}

function changed() {
  for (const listener of listeners) listener();
}

function choose(theme) {
  document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem('ecnas-theme', theme);
  } catch {
    // Not kept, then.
  }
  changed();
}

export function setUpTheme() {
  const button = document.getElementById('theme');
  const label = () => {
    button.textContent = isDark() ? 'Light' : 'Dark';
    button.setAttribute('aria-label', `Use ${isDark() ? 'light' : 'dark'} colours`);
  };
  button.hidden = false;
  button.addEventListener('click', () => choose(isDark() ? 'light' : 'dark'));
  kDark.addEventListener('change', changed);
  onTheme(label);
  label();
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
