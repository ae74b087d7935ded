// Keyboard commands of the runner. They do not use A to J, so a question may have ten answers.

/**
 * @typedef {{ name: 'choose' | 'strike', index: number } | { name: 'next' | 'previous' | 'flag' | 'unsure' | 'list' |
 *   'review' | 'time' | 'keys' | 'enter' }} Command
 * @typedef {{ key: string, code: string, shiftKey: boolean, ctrlKey: boolean, altKey: boolean, metaKey: boolean,
 *   target: any }} KeyPress
 */

/** @type {Record<string, Command>} */
const COMMANDS = {
  n: { name: 'next' },
  p: { name: 'previous' },
  l: { name: 'flag' },
  u: { name: 'unsure' },
  q: { name: 'list' },
  r: { name: 'review' },
  t: { name: 'time' },
};

/**
 * Whether a control handles keys itself: text input, and selection by first letter.
 * @param {any} target
 */
function isTyping(target) {
  const name = target?.tagName?.toLowerCase();
  if (name === 'input') return !['radio', 'checkbox', 'button', 'submit'].includes(target.type);
  return name === 'textarea' || name === 'select' || target?.isContentEditable === true;
}

/** Whether Enter already does something on an element. @param {any} target */
function hasOwnEnter(target) {
  const name = target?.tagName?.toLowerCase();
  return ['a', 'button', 'summary'].includes(name) || ['button', 'submit'].includes(target?.type);
}

/**
 * The letter or digit of a key, or of its position on the keyboard if it writes another script.
 * @param {KeyPress} press
 */
function character({ key, code }) {
  if (/^[a-z0-9?]$/i.test(key)) return key.toLowerCase();
  const isOther = key.length === 1 && /\p{L}/u.test(key);
  return isOther ? (/^Key([A-Z])$/.exec(code)?.[1].toLowerCase() ?? '') : '';
}

/**
 * @param {KeyPress} press
 * @param {boolean} single whether single keys are commands
 * @returns {Command | null}
 */
export function commandOf(press, single = true) {
  if (press.ctrlKey || press.altKey || press.metaKey || isTyping(press.target)) return null;
  if (press.key === 'Enter') return hasOwnEnter(press.target) ? null : { name: 'enter' };
  if (!single) return null;
  const written = character(press);
  if (written === '?') return { name: 'keys' };
  if (/^[a-j]$/.test(written)) {
    return { name: press.shiftKey ? 'strike' : 'choose', index: written.charCodeAt(0) - 'a'.charCodeAt(0) };
  }
  if (press.shiftKey) return null;
  if (/^[1-9]$/.test(written)) return { name: 'choose', index: Number(written) - 1 };
  return COMMANDS[written] ?? null;
}
