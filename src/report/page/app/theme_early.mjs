// Before anything is painted: the theme that the reader chose on another visit.
try {
  const theme = localStorage.getItem('ecnas-theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // A browser that keeps nothing for files shows its own theme.
}
