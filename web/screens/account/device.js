// The browser and the system in a User-Agent. The server cuts it after a hundred characters.

/** The first match counts: a User-Agent also contains the names of browsers further down. @type {[RegExp, string][]} */
const BROWSERS = [
  [/Edg(e|A|iOS)?\//, 'Edge'],
  [/OPR\//, 'Opera'],
  [/Firefox\/|FxiOS/, 'Firefox'],
  [/Chrome\/|CriOS/, 'Chrome'],
  [/Version\/|Safari\//, 'Safari'],
];

/** @type {[RegExp, string][]} */
const SYSTEMS = [
  [/iPhone/, 'iPhone'],
  [/iPad/, 'iPad'],
  [/Android/, 'Android'],
  [/Windows/, 'Windows'],
  [/Mac OS X/, 'Mac'],
  [/CrOS/, 'ChromeOS'],
  [/Linux/, 'Linux'],
];

/**
 * @param {string} name a User-Agent
 * @returns {{ browser: string | null, system: string } | null} `browser`: null if the text is cut before it
 */
export function deviceOf(name) {
  const browser = BROWSERS.find(([pattern]) => pattern.test(name))?.[1] ?? null;
  const system = SYSTEMS.find(([pattern]) => pattern.test(name))?.[1];
  return name.startsWith('Mozilla/') && system ? { browser, system } : null;
}
