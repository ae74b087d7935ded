// What cannot wait for the modules, in a separate blocking script: theme, text size and motion, set before the first paint,
// and the request who is signed in.

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

  const response = fetch('api/v1/me', { headers: { Accept: 'application/json' }, signal: AbortSignal.timeout(30_000) });
  // A failure is handled by those who take the response.
  response.catch(() => {});
  /** @type {any} */ (window).early = { path: '/me', began: performance.now(), response };
})();
