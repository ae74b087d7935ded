// Requests to the API, relative to the URL of the page, so that they work under a path prefix. The browser sends the session
// cookie, and tells the server that the page is of the same site.

import { note, serverNow } from './clock.js';

/** The time limit for a response, in ms. */
const PATIENCE = 30_000;
const PROBLEM = 'urn:tripos:problem:';

/**
 * @typedef {{ pointer: string, detail: string }} FieldError
 * @typedef {{ status: number, body: any, headers: Headers, etag: string | null }} Reply
 * @typedef {{ query?: Record<string, string | number | undefined>, body?: unknown, idempotencyKey?: string, ifMatch?: string }} Options
 */

/** Why a request failed. */
export class Problem extends Error {
  /**
   * @param {'problem' | 'proxy' | 'offline'} kind what responded: the server, a proxy, or nothing
   * @param {string} path
   * @param {Response} [response]
   * @param {any} [body] the problem document
   */
  constructor(kind, path, response, body) {
    super(body?.detail ?? `${kind}: ${path}`);
    this.kind = kind;
    this.path = path;
    this.status = response?.status ?? 0;
    this.type = String(body?.type ?? '').replace(PROBLEM, '');
    /** @type {string | undefined} */
    this.title = body?.title;
    /** @type {string | undefined} */
    this.detail = body?.detail;
    /** @type {FieldError[]} */
    this.errors = body?.errors ?? [];
    /** @type {string | null} */
    this.requestId = body?.request_id ?? response?.headers.get('x-request-id') ?? null;
    this.retryAfter = secondsOf(response?.headers.get('retry-after') ?? null, serverNow());
    this.body = body ?? null;
  }
}

/** Seconds of a `Retry-After`, which may be a date, at the server's time `now`. @param {string | null} text @param {number} now */
export function secondsOf(text, now) {
  if (text === null) return null;
  const seconds = /^\d+$/.test(text) ? Number(text) : Math.ceil((Date.parse(text) - now) / 1000);
  return Number.isNaN(seconds) ? null : Math.max(0, seconds);
}

/** @type {() => void} */
let unauthorized = () => {};

/** Calls `listener` for every 401, except for those that concern a password. @param {() => void} listener */
export function whenUnauthorized(listener) {
  unauthorized = listener;
}

/**
 * @param {string} method
 * @param {string} path below `/api/v1`
 * @param {Options} [options]
 * @returns {Promise<Response>}
 */
async function send(method, path, { query = {}, body, idempotencyKey, ifMatch } = {}) {
  const url = new URL(`api/v1${path}`, document.baseURI);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) url.searchParams.set(name, String(value));
  }
  const headers = new Headers({ Accept: 'application/json' });
  if (body !== undefined) headers.set('Content-Type', 'application/json');
  if (idempotencyKey) headers.set('Idempotency-Key', idempotencyKey);
  if (ifMatch) headers.set('If-Match', ifMatch);
  const began = performance.now();
  let response;
  try {
    response = await fetch(url, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(PATIENCE),
    });
  } catch {
    throw new Problem('offline', path);
  }
  note(response.headers.get('date'), began);
  if (response.ok) return response;
  const document_ = isJson(response) ? await json(response, path) : null;
  const problem = new Problem(String(document_?.type).startsWith(PROBLEM) ? 'problem' : 'proxy', path, response, document_);
  if (problem.kind === 'problem' && problem.status === 401 && problem.type !== 'wrong-credentials') unauthorized();
  throw problem;
}

/** @param {Response} response */
function isJson(response) {
  return /[/+]json\b/.test(response.headers.get('content-type') ?? '');
}

/** @param {Response} response @param {string} path */
async function json(response, path) {
  let text;
  try {
    text = await response.text();
  } catch {
    throw new Problem('offline', path);
  }
  try {
    return JSON.parse(text);
  } catch {
    throw new Problem('proxy', path, response);
  }
}

/**
 * @param {string} method
 * @param {string} path
 * @param {Options} [options]
 * @returns {Promise<Reply>}
 */
async function request(method, path, options) {
  const response = await send(method, path, options);
  const isEmpty = response.status === 204;
  if (!isEmpty && !isJson(response)) throw new Problem('proxy', path, response);
  const body = isEmpty ? null : await json(response, path);
  return { status: response.status, body, headers: response.headers, etag: response.headers.get('etag') };
}

/** @param {string} path @param {Options['query']} [query] */
export const get = (path, query) => request('GET', path, { query });

/** @param {string} path @param {unknown} [body] @param {{ idempotencyKey?: string }} [options] */
export const post = (path, body, options) => request('POST', path, { body, ...options });

/** @param {string} path @param {unknown} body @param {{ ifMatch?: string }} [options] */
export const put = (path, body, options) => request('PUT', path, { body, ...options });

/** @param {string} path @param {unknown} body */
export const patch = (path, body) => request('PATCH', path, { body });

/** @param {string} path @param {unknown} [body] */
export const del = (path, body) => request('DELETE', path, { body });

/** A document as a Blob, to be saved as a file. @param {string} path */
export async function download(path) {
  const response = await send('GET', path);
  if (!isJson(response)) throw new Problem('proxy', path, response);
  try {
    return await response.blob();
  } catch {
    throw new Problem('offline', path);
  }
}
