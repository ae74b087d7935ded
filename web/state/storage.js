// What the page keeps on this device. Keys lead with `tripos:`, and what belongs to a user with `tripos:<user id>:`.
// Browsers may refuse: then nothing is kept.

/**
 * @param {string} name
 * @returns {any} null where there is nothing that can be read
 */
export function read(name) {
  try {
    return JSON.parse(localStorage.getItem(`tripos:${name}`) ?? 'null');
  } catch {
    return null;
  }
}

/** @param {string} name @param {unknown} value */
export function write(name, value) {
  try {
    localStorage.setItem(`tripos:${name}`, JSON.stringify(value));
  } catch {
    // It holds until the page is left.
  }
}

/** @param {string} name */
export function remove(name) {
  try {
    localStorage.removeItem(`tripos:${name}`);
  } catch {
    // There is none.
  }
}

/** Removes all that is kept of a user. @param {string} userId */
export function clearPersonal(userId) {
  try {
    const own = Object.keys(localStorage).filter((key) => key.startsWith(`tripos:${userId}:`));
    for (const key of own) localStorage.removeItem(key);
  } catch {
    // There is none.
  }
}
