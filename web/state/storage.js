// Data of the page on this device. Keys begin with `tripos:`, and data of a user with `tripos:<user id>:`.
// If the browser refuses, nothing is stored.

/**
 * @param {string} name
 * @returns {any} null if there is no readable value
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
    // The value is lost when the page is left.
  }
}

/** @param {string} name */
export function remove(name) {
  try {
    localStorage.removeItem(`tripos:${name}`);
  } catch {
    // There is no storage.
  }
}

/** Removes all data of a user. @param {string} userId */
export function clearPersonal(userId) {
  try {
    const own = Object.keys(localStorage).filter((key) => key.startsWith(`tripos:${userId}:`));
    for (const key of own) localStorage.removeItem(key);
  } catch {
    // There is no storage.
  }
}
