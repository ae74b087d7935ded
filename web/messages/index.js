// Words, numbers and dates in the language of the page. English is always there; other languages are loaded when chosen.

import progress from './en/progress.js';
import runner from './en/runner.js';
import shell from './en/shell.js';

/**
 * A text with `{values}`, or one for each plural form of `{n}`.
 * @typedef {Record<string, string | Record<string, string>>} Catalog
 */

/** @type {Catalog} */
const ENGLISH = { ...shell, ...runner, ...progress };

/** In their own names. */
export const LANGUAGES = { en: 'English', de: 'Deutsch' };

/** @type {Record<string, () => Promise<{ default: Catalog }[]>>} */
const OTHERS = {
  de: () => Promise.all([import('./de/shell.js'), import('./de/runner.js'), import('./de/progress.js')]),
};

let catalog = ENGLISH;
let locale = 'en';
let plurals = new Intl.PluralRules(locale);
/** @type {string | undefined} that of the device until the account's is known */
let timeZone;
/** @type {Map<string, any>} cached, because creating a format is slow */
const formats = new Map();

/** The chosen language, or else the first of the browser's languages that is available. @param {string} chosen @param {readonly string[]} wanted */
export function pick(chosen, wanted) {
  const known = (/** @type {string} */ tag) => tag.split('-')[0] in LANGUAGES;
  const own = [chosen, ...wanted].filter(Boolean).find(known) ?? 'en';
  // The region, such as that of en-GB, comes from the browser.
  return wanted.find((tag) => tag.split('-')[0] === own.split('-')[0]) ?? own;
}

/** @param {string} chosen empty for the browser's */
export async function setLanguage(chosen) {
  const next = pick(chosen, navigator.languages);
  const language = next.split('-')[0];
  const parts = await OTHERS[language]?.();
  catalog = parts ? Object.assign({}, ...parts.map((part) => part.default)) : ENGLISH;
  locale = next;
  plurals = new Intl.PluralRules(locale);
  formats.clear();
  document.documentElement.lang = language;
}

/** @param {string} name */
export function setTimeZone(name) {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    timeZone = name;
  } catch {
    // The browser does not know this zone: use the device's.
    timeZone = undefined;
  }
  formats.clear();
}

/**
 * A text of the catalog.
 * @param {string} key
 * @param {Record<string, any>} [values]
 * @returns {string}
 */
export function t(key, values = {}) {
  const message = catalog[key] ?? ENGLISH[key] ?? key;
  const text = typeof message === 'string' ? message : (message[plurals.select(Number(values.n))] ?? message.other);
  return text.replace(/\{(\w+)\}/g, (hole, name) => {
    const value = values[name];
    return value === undefined ? hole : typeof value === 'number' ? number(value) : String(value);
  });
}

/**
 * A text with elements in its placeholders.
 * @param {string} key
 * @param {Record<string, any>} values
 * @returns {any[]}
 */
export function parts(key, values) {
  const plain = Object.fromEntries(Object.entries(values).filter(([, value]) => typeof value !== 'object'));
  return t(key, plain)
    .split(/\{(\w+)\}/)
    .map((part, index) => (index % 2 === 1 ? values[part] : part));
}

/**
 * @template T
 * @param {string} name
 * @param {() => T} make
 * @returns {T}
 */
function format(name, make) {
  if (!formats.has(name)) formats.set(name, make());
  return formats.get(name);
}

/** A number. Numbers of four digits, like most scores, are not grouped. @param {number} n */
export function number(n) {
  return format('number', () => new Intl.NumberFormat(locale, { useGrouping: 'min2' })).format(n);
}

/** A share from 0 to 1. @param {number} x */
export function percent(x) {
  return format('percent', () => new Intl.NumberFormat(locale, { style: 'percent' })).format(x);
}

/** @type {Record<string, Intl.DateTimeFormatOptions>} */
const STYLES = {
  long: { dateStyle: 'long' },
  medium: { dateStyle: 'medium' },
  sentence: { weekday: 'long', month: 'long', day: 'numeric' },
  day: { weekday: 'short', month: 'short', day: 'numeric' },
  short: { month: 'short', day: 'numeric' },
  number: { day: 'numeric' },
  weekday: { weekday: 'short' },
  month: { month: 'short' },
};

/**
 * The day of an instant in the account's time zone, or a plain `YYYY-MM-DD`.
 * @param {string | number} x
 * @param {'long' | 'medium' | 'sentence' | 'day' | 'short' | 'number' | 'weekday' | 'month'} [style]
 */
export function date(x, style = 'long') {
  const isDay = /^\d{4}-\d\d-\d\d$/.test(String(x));
  const zone = isDay ? 'UTC' : timeZone;
  return format(`${style} ${zone}`, () => new Intl.DateTimeFormat(locale, { ...STYLES[style], timeZone: zone })).format(new Date(x));
}

/** The time of day. @param {string | number} x */
export function time(x) {
  return format('time', () => new Intl.DateTimeFormat(locale, { timeStyle: 'short', timeZone })).format(new Date(x));
}

/** The two largest units of a duration. @param {number} seconds */
export function duration(seconds) {
  const unit = (/** @type {number} */ n, /** @type {string} */ name) =>
    format(name, () => new Intl.NumberFormat(locale, { style: 'unit', unit: name, unitDisplay: 'short' })).format(n);
  const whole = Math.round(seconds);
  if (whole < 60) return unit(whole, 'second');
  const minutes = Math.round(whole / 60);
  const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
  return [hours > 0 && unit(hours, 'hour'), (rest > 0 || hours === 0) && unit(rest, 'minute')].filter(Boolean).join(' ');
}
