// Every screen in both themes and three widths: axe-core finds nothing, and nothing scrolls sideways.

import { accessible, fits } from '../support/axe.js';
import { signedIn } from '../support/person.js';
import { story } from '../support/story.js';
import { SCREENS, prepare } from '../support/screens.js';
import { SCREENSHOTS } from '../support/world.js';

const HEIGHT = 800;

for (const screen of SCREENS) {
  story(`${screen.name} is accessible in both themes, and fits`, async (context) => {
    const world = screen.signedOut ? null : await prepare(await signedIn(context, 'ada'), screen);
    const page = await context.newPage();
    await page.setViewportSize({ width: 1280, height: HEIGHT });
    await page.goto(screen.path(world));
    await screen.ready(page, world);
    for (const width of [1280, 375]) {
      await page.setViewportSize({ width, height: HEIGHT });
      for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        const name = `${screen.name}, ${width} px, ${colorScheme}`;
        if (SCREENSHOTS) await page.screenshot({ path: `${SCREENSHOTS}/${name}.png`, fullPage: true });
        await accessible(page, name);
      }
    }
    await page.setViewportSize({ width: 320, height: HEIGHT });
    await fits(page, `${screen.name}, 320 px`);
  });
}
