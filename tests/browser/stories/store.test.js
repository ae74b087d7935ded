// A value that several parts of the page show.

import { heading } from '../support/runner.js';
import { story } from '../support/story.js';

story('a value that changes between drawing and subscribing is drawn', async (context) => {
  const page = await context.newPage();
  await page.goto('/');
  await heading(page, 'Sign in');
  await page.evaluate(async () => {
    const place = /** @type {HTMLScriptElement} */ (document.querySelector('script[src*="main.js"]')).src;
    const { createStore, useStore } = await import(new URL('state/store.js', place).href);
    const { html, render, useLayoutEffect } = await import(new URL('view.js', place).href);
    const store = createStore('before');
    const Value = () => {
      // After the first drawing, and before the store is listened to.
      useLayoutEffect(() => store.set('after'), []);
      return html`<p id="value">${useStore(store)}</p>`;
    };
    const box = document.createElement('div');
    document.body.append(box);
    render(html`<${Value} />`, box);
  });
  await page.locator('#value', { hasText: 'after' }).waitFor();
});
