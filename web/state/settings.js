// Settings of the page on this device. theme.js applies theme, text size and motion before the first paint.

import { read, write } from './storage.js';
import { createStore, useStore } from './store.js';

/**
 * @typedef {{ theme: 'system' | 'light' | 'dark', textSize: 100 | 112.5 | 125 | 150, motion: 'system' | 'less',
 *   showTime: boolean, singleKeys: boolean, language: string, tables: boolean }} Settings `language`: empty for the browser's
 * @type {Settings}
 */
const DEFAULTS = { theme: 'system', textSize: 100, motion: 'system', showTime: true, singleKeys: true, language: '', tables: false };

/** @type {ReturnType<typeof createStore<Settings>>} */
export const settings = createStore({ ...DEFAULTS, ...read('settings') });

export const useSettings = () => useStore(settings);

/**
 * @template {keyof Settings} Name
 * @param {Name} name
 * @param {Settings[Name]} value
 */
export function setSetting(name, value) {
  write('settings', { ...settings.get(), [name]: value });
  settings.set({ ...settings.get(), [name]: value });
  dispatchEvent(new Event('tripos:settings'));
}
