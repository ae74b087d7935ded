// Theme, text size and motion, set before the first paint: a separate blocking script, not a module.

(() => {
  const dark = matchMedia('(prefers-color-scheme: dark)');

  function apply() {
    /** @type {any} */
    let settings = {};
    try {
      settings = JSON.parse(localStorage.getItem('tripos:settings') ?? '{}') ?? {};
    } catch {
      // Nothing readable is stored.
    }
    const { theme = 'system', textSize = 100, motion = 'system' } = settings;
    const { dataset } = document.documentElement;
    dataset.theme = theme === 'dark' || (theme !== 'light' && dark.matches) ? 'dark' : 'light';
    dataset.textSize = String(textSize);
    dataset.motion = motion;
  }

  apply();
  dark.addEventListener('change', apply);
  addEventListener('tripos:settings', apply);
  // Another tab has changed them.
  addEventListener('storage', apply);
})();
