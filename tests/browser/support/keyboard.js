// Reaching things without a pointer.

/**
 * Presses Tab until something has the focus.
 * @param {import('playwright-core').Page} page
 * @param {import('playwright-core').Locator} target
 */
export async function tabTo(page, target) {
  await target.waitFor();
  for (let presses = 0; presses < 150; presses += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not reach ${target}`);
}

/**
 * Reaches a button or a link and presses Enter.
 * @param {import('playwright-core').Page} page
 * @param {import('playwright-core').Locator} target
 */
export async function press(page, target) {
  await tabTo(page, target);
  await page.keyboard.press('Enter');
}

/**
 * Waits until something has the focus.
 * @param {import('playwright-core').Locator} target
 */
export async function focused(target) {
  await target.waitFor();
  const element = await target.elementHandle();
  await target.page().waitForFunction((wanted) => wanted === document.activeElement, element);
}
