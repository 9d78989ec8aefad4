// Runs before the first paint: the theme the owner chose, so that a dark room stays dark. Everything else is in theme.js.
(function () {
  try {
    const theme = localStorage.getItem('theme');
    if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
  } catch (error) {
    console.info('theme: storage is closed to this page', error.name);
  }
})();
