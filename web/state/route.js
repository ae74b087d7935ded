// Places in the page are hashes: `#/exams/clf-c02/start?mode=exam`. The server needs no list of them.

import { useEffect, useState } from '../view.js';

/** @type {[pattern: string, screen: string][]} */
const ROUTES = [
  ['sign-in', 'sign_in'],
  ['sign-up', 'sign_up'],
  ['exams', 'exams'],
  ['exams/:code', 'exam'],
  ['exams/:code/start', 'start'],
  ['attempts/:id', 'runner'],
  ['attempts/:id/review', 'review'],
  ['attempts/:id/report', 'report'],
  ['history', 'history'],
  ['account', 'account'],
];

/**
 * @typedef {{ screen: string | null, path: string, params: Record<string, string>, query: Record<string, string> }} Route
 *   `screen`: null if there is no such screen
 * @param {string} hash
 * @returns {Route}
 */
export function parse(hash) {
  const [path, search = ''] = hash.replace(/^#?\/?/, '').split('?', 2);
  const parts = (path || 'exams').split('/');
  const query = Object.fromEntries(new URLSearchParams(search));
  for (const [pattern, screen] of ROUTES) {
    const names = pattern.split('/');
    if (names.length !== parts.length || !names.every((name, index) => name.startsWith(':') || name === parts[index])) continue;
    // Ids and codes are used in paths of the API without encoding.
    if (!parts.every((part) => /^[\w-]+$/.test(part))) continue;
    const params = names.flatMap((name, index) => (name.startsWith(':') ? [[name.slice(1), parts[index]]] : []));
    return { screen, path, params: Object.fromEntries(params), query };
  }
  return { screen: null, path, params: {}, query };
}

/** Goes to a place. @param {string} hash `#/…` */
export function navigate(hash) {
  location.hash = hash;
}

/** Goes to a place and replaces the current one in the history. @param {string} hash */
export function replace(hash) {
  location.replace(hash);
}

/** @returns {Route} */
export function useRoute() {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const follow = () => setHash(location.hash);
    addEventListener('hashchange', follow);
    follow();
    return () => removeEventListener('hashchange', follow);
  }, []);
  return parse(hash);
}
