// People with accounts, and what they do without a browser: as another device of theirs, or to see what the server has.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { SERVER } from './world.js';

export const PASSWORD = 'correct horse battery';

/**
 * @param {string} method
 * @param {string} path below `/api/v1`
 * @param {unknown} [body]
 * @param {string} [token]
 */
async function send(method, path, body, token) {
  const answer = await fetch(`${SERVER}/api/v1${path}`, {
    method,
    headers: {
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...(token ? { Authorization: `Bearer ${token}` } : {}),
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
  return text ? JSON.parse(text) : null;
}

/** A learner with an account of their own. */
export class Person {
  /**
   * @param {string} email
   * @param {string} token
   */
  constructor(email, token) {
    this.email = email;
    this.token = token;
  }

  /** @param {string} path */
  get(path) {
    return send('GET', path, undefined, this.token);
  }

  /**
   * @param {string} path
   * @param {unknown} [body]
   */
  post(path, body) {
    return send('POST', path, body, this.token);
  }

  /**
   * @param {string} path
   * @param {unknown} body
   */
  put(path, body) {
    return send('PUT', path, body, this.token);
  }

  /**
   * Begins an attempt. An exam has the same form in every run.
   * @param {{ mode: string, [name: string]: unknown }} wish what `POST /attempts` takes
   */
  start(wish) {
    return this.post('/attempts', wish.mode === 'exam' ? { seed: 1, ...wish } : wish);
  }

  /** @param {string} attempt */
  attempt(attempt) {
    return this.get(`/attempts/${attempt}`);
  }

  /**
   * Gives a response on another device.
   * @param {string} attempt
   * @param {number} position
   * @param {unknown} response
   * @param {object} [more]
   */
  respond(attempt, position, response, more = {}) {
    return this.put(`/attempts/${attempt}/slots/${position}`, { response, seconds_spent: 30, ...more });
  }

  /**
   * Responds to all slots, with the first answers that are shown.
   * @param {any} attempt
   */
  async respondToAll(attempt) {
    for (const slot of attempt.slots) await this.respond(attempt.id, slot.position, firstResponse(slot.question));
  }

  /** @param {string} attempt */
  abandon(attempt) {
    return send('DELETE', `/attempts/${attempt}`, undefined, this.token);
  }

  /** Ends all sessions but the one that this person uses outside the browser. */
  async endOtherSessions() {
    const { items } = await this.get('/me/tokens');
    for (const session of items.filter((/** @type {any} */ token) => !token.current)) {
      await send('DELETE', `/me/tokens/${session.id}`, undefined, this.token);
    }
  }
}

/**
 * Some full response to a question.
 * @param {any} question
 */
export function firstResponse(question) {
  const ids = question.answers.map((/** @type {any} */ answer) => answer.id);
  if (question.kind === 'matching') {
    return ids.map((/** @type {string} */ answer) => ({ answer, match: question.matches[0] }));
  }
  return question.kind === 'ordering' ? ids : ids.slice(0, question.choose ?? 1);
}

/**
 * Someone who has signed up.
 * @param {string} name
 */
export async function person(name) {
  const email = `${name}-${randomUUID()}@example.org`;
  await send('POST', '/users', { email, password: PASSWORD, display_name: name });
  const { token } = await send('POST', '/sessions', { email, password: PASSWORD });
  return new Person(email, token);
}

/**
 * Someone who is signed in with the browser.
 * @param {import('playwright-core').BrowserContext} context
 * @param {string} name
 */
export async function signedIn(context, name) {
  const someone = await person(name);
  await signIn(context, someone);
  return someone;
}

/**
 * Signs somebody in with the browser, without its pages.
 * @param {import('playwright-core').BrowserContext} context
 * @param {Person} someone
 */
export async function signIn(context, someone) {
  const answer = await context.request.post('/api/v1/sessions', { data: { email: someone.email, password: PASSWORD } });
  assert.equal(answer.status(), 201);
}
