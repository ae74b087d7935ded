// The only live region of the page. It must exist before it is filled: a region that appears together with its text is not read.

/** The delay between emptying the region and writing to it, so that an equal text is read again, in ms. */
const EMPTY = 100;
/** The delay between two texts, in ms. */
const APART = 1_000;

/** @type {string[]} */
const waiting = [];
let isSpeaking = false;

/**
 * Has a text read by screen readers without moving the focus.
 * @param {string} text
 * @param {{ first?: boolean }} [options] `first`: before the texts that wait
 */
export function announce(text, { first = false } = {}) {
  if (!text) return;
  if (first) waiting.unshift(text);
  else waiting.push(text);
  if (!isSpeaking) speak();
}

function speak() {
  const region = document.getElementById('announcer');
  const text = waiting.shift();
  isSpeaking = text !== undefined && region !== null;
  if (!isSpeaking || !region) return;
  region.textContent = '';
  setTimeout(() => {
    region.textContent = text ?? '';
    setTimeout(speak, APART);
  }, EMPTY);
}
