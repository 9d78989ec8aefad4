// Light, dark, or as the device says. The choice is kept in this browser only.

export const kThemes = ['auto', 'light', 'dark'];

export function currentTheme() {
  return document.documentElement.dataset.theme || 'auto';
}

export function setTheme(theme) {
  if (theme === 'auto') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  try {
    if (theme === 'auto') localStorage.removeItem('theme');
    else localStorage.setItem('theme', theme);
  } catch (error) {
    console.info('theme: not remembered, storage is closed to this page', error.name);
  }
}

export function nextTheme(theme) {
  return kThemes[(kThemes.indexOf(theme) + 1) % kThemes.length];
}
