// The session. Scripts cannot read its cookie.

import { del, get, post, whenUnauthorized } from '../api/client.js';
import { setTimeZone } from '../messages/index.js';
import { clearPersonal, remove, write } from './storage.js';
import { createStore, useStore } from './store.js';

/**
 * `ended`: the server has ended the session; `failed`: unknown, because the server did not respond.
 * @typedef {{ user: any, status: 'loading' | 'in' | 'out' | 'ended' | 'failed', problem?: any }} Session
 */

/** @type {ReturnType<typeof createStore<Session>>} */
const store = createStore({ user: null, status: 'loading' });

export const useSession = () => useStore(store);

export const session = {
  /** @returns {string} empty if nobody is signed in */
  get userId() {
    return store.get().user?.id ?? '';
  },
  /** @returns {string} empty if nobody is signed in */
  get email() {
    return store.get().user?.email ?? '';
  },
  subscribe: store.subscribe,
  ended() {
    const { user, status } = store.get();
    if (status === 'in') store.set({ user, status: 'ended' });
  },
};

whenUnauthorized(session.ended);

/** Sets the user, after signing in or a change of the account. @param {any} user */
export function setUser(user) {
  setTimeZone(user.time_zone);
  store.set({ user, status: 'in' });
  // This notifies other tabs.
  write('user', user.id);
}

function setOut() {
  store.set({ user: null, status: 'out' });
  remove('user');
}

/** Asks the server who is signed in. */
export async function loadSession() {
  try {
    setUser((await get('/me')).body);
  } catch (error) {
    const problem = /** @type {any} */ (error);
    if (problem?.kind === undefined) throw error;
    if (problem.status === 401) setOut();
    else store.set({ user: null, status: 'failed', problem });
  }
}

/**
 * @param {string} email
 * @param {string} password
 * @returns {Promise<{ user: any }>}
 */
export async function signIn(email, password) {
  const { body } = await post('/sessions', { email, password });
  setUser(body.user);
  return { user: body.user };
}

/**
 * Signs the same user in again. If it is another user, the new session is ended at once, and the page stays as it is.
 * @param {string} id of the user
 * @param {string} email
 * @param {string} password
 * @returns {Promise<boolean>} whether it is the same user
 */
export async function signInAgain(id, email, password) {
  const { body } = await post('/sessions', { email, password });
  if (body.user.id === id) {
    setUser(body.user);
    return true;
  }
  // If it cannot be ended, the page shows who is signed in.
  await del('/sessions/current').catch(() => setUser(body.user));
  return false;
}

/** Ends the session, and removes the user's data from this device. */
export async function signOut() {
  const { userId } = session;
  try {
    await del('/sessions/current');
  } catch (error) {
    if (/** @type {any} */ (error)?.status !== 401) throw error;
  }
  clearPersonal(userId);
  setOut();
}

/** After the account was deleted. */
export function forget() {
  clearPersonal(session.userId);
  setOut();
}

/** Follows changes in other tabs. */
export function followTabs() {
  addEventListener('storage', (event) => {
    if (event.key !== 'tripos:user' || store.get().status === 'loading') return;
    if (event.newValue === null) store.set({ user: null, status: 'out' });
    else if (event.newValue !== JSON.stringify(session.userId) || store.get().status !== 'in') void loadSession();
  });
}
