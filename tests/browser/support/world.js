// Where the stories take place: `tests/browser/run` says it.

/** @param {string} name */
function given(name) {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set: start the stories with tests/browser/run`);
  return value;
}

export const CHROMIUM = given('CHROMIUM');
export const SERVER = given('TRIPOS_URL');
export const STRICT_SERVER = given('TRIPOS_STRICT_URL');
export const DATABASE = given('TRIPOS_DATABASE');
/** A folder for pictures of every screen, if somebody wants them. */
export const { SCREENSHOTS } = process.env;
