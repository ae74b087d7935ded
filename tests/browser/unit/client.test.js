// Requests, and what is made of their answers.

import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { del, get, post, put, secondsOf, whenUnauthorized } from '../../../web/api/client.js';

/** @type {any} */
const page = globalThis;
page.document = { baseURI: 'https://tripos.example.org/exams/' };
/** @type {{ url: string, init: any }[]} */
let sent = [];

/** @param {() => Response | Promise<Response>} answer */
function answerWith(answer) {
  sent = [];
  page.fetch = async (/** @type {URL} */ url, /** @type {any} */ init) => {
    sent.push({ url: url.href, init });
    return answer();
  };
}

/** @param {number} status @param {object} body @param {Record<string, string>} [headers] */
const problem = (status, body, headers = {}) =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/problem+json', ...headers } });

afterEach(() => whenUnauthorized(() => {}));

test('requests are relative to the URL of the page, so that a path prefix works', async () => {
  answerWith(() => Response.json({ items: [] }, { headers: { etag: '"x"' } }));
  const reply = await get('/attempts', { limit: 50, cursor: undefined });
  assert.equal(sent[0].url, 'https://tripos.example.org/exams/api/v1/attempts?limit=50');
  assert.deepEqual([reply.status, reply.body, reply.etag], [200, { items: [] }, '"x"']);
});

test('a request carries a body, an idempotency key and a condition', async () => {
  answerWith(() => Response.json({}));
  await post('/attempts', { exam: 'a' }, { idempotencyKey: 'key' });
  await put('/attempts/1/slots/1', { response: null }, { ifMatch: '"3"' });
  const [posted, stored] = sent.map(({ init }) => init);
  assert.deepEqual([posted.method, posted.body, posted.headers.get('idempotency-key')], ['POST', '{"exam":"a"}', 'key']);
  assert.deepEqual([stored.headers.get('if-match'), stored.headers.get('content-type')], ['"3"', 'application/json']);
  answerWith(() => new Response(null, { status: 204 }));
  assert.equal((await del('/me')).body, null);
  assert.deepEqual([sent[0].init.body, sent[0].init.headers.has('content-type')], [undefined, false]);
});

test('a problem has its kind, its fields and the time to retry', async () => {
  const body = { type: 'urn:tripos:problem:rate-limited', detail: 'later', request_id: 'r1', errors: [{ pointer: '/a', detail: 'b' }] };
  answerWith(() => problem(429, body, { 'retry-after': '42' }));
  await assert.rejects(get('/me'), (/** @type {any} */ error) => {
    const { kind, status, type, detail, requestId, retryAfter, errors, path } = error;
    assert.deepEqual(
      { kind, status, type, detail, requestId, retryAfter, errors, path },
      { kind: 'problem', status: 429, type: 'rate-limited', detail: 'later', requestId: 'r1', retryAfter: 42, errors: body.errors, path: '/me' },
    );
    assert.deepEqual(error.body, body);
    return true;
  });
});

test('errors of a proxy and missing responses are distinguished from errors of the server', async () => {
  const html = { headers: { 'content-type': 'text/html' } };
  for (const answer of [
    () => new Response('<h1>Bad gateway</h1>', { status: 502, ...html }),
    () => new Response('<h1>Welcome</h1>', html),
    () => Response.json({ message: 'blocked' }, { status: 403 }),
    () => new Response('{', { headers: { 'content-type': 'application/json' } }),
  ]) {
    answerWith(answer);
    await assert.rejects(get('/exams'), { kind: 'proxy' });
  }
  answerWith(() => Promise.reject(new TypeError('Failed to fetch')));
  await assert.rejects(get('/exams'), { kind: 'offline', status: 0 });
});

test('the end of a session is reported, a wrong password is not', async () => {
  let ended = 0;
  whenUnauthorized(() => (ended += 1));
  answerWith(() => problem(401, { type: 'urn:tripos:problem:wrong-credentials' }));
  await assert.rejects(post('/sessions', {}), { type: 'wrong-credentials' });
  assert.equal(ended, 0);
  answerWith(() => problem(401, { type: 'urn:tripos:problem:unauthorized' }));
  await assert.rejects(get('/attempts'), { status: 401 });
  assert.equal(ended, 1);
});

test('Retry-After may be seconds or a date', () => {
  const now = Date.parse('2026-03-08T16:00:00Z');
  assert.deepEqual(
    ['12', 'Sun, 08 Mar 2026 16:00:30 GMT', 'Sun, 08 Mar 2026 15:00:00 GMT', 'soon', null].map((text) => secondsOf(text, now)),
    [12, 30, 0, null, null],
  );
});
