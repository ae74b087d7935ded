import assert from 'node:assert/strict';
import { test } from 'node:test';
import { counts, given, isFinal, merge, open, reduce, shownOrder, slotAt, standing, stateOf, viewOf } from '../../../web/state/attempt.js';

const answers = (...ids) => ids.map((id) => ({ id, body: id.toUpperCase() }));
const slot = (position, question, more = {}) => ({
  position,
  question: { id: `q${position}`, domain: { number: 1, name: 'One' }, stem: 'Stem', ...question },
  response: null,
  flagged: false,
  unsure: false,
  struck_out: [],
  seconds_spent: 0,
  revision: 0,
  ...more,
});
const form = (...more) => ({
  mode: 'exam',
  slots: [
    slot(1, { kind: 'single_choice', choose: 1, answers: answers('a', 'b', 'c') }, more[0]),
    slot(2, { kind: 'multiple_response', choose: 2, answers: answers('a', 'b', 'c', 'd') }, more[1]),
    slot(3, { kind: 'ordering', answers: answers('a', 'b', 'c') }, more[2]),
    slot(4, { kind: 'matching', answers: answers('a', 'b'), matches: ['x', 'y', 'z'] }, more[3]),
  ],
});
const run = (sitting, ...actions) => actions.reduce(reduce, sitting);

test('an answer replaces another one, and is cleared when it is chosen again', () => {
  const chosen = run(open(form()), { type: 'choose', answer: 'a' }, { type: 'choose', answer: 'b' });
  assert.deepEqual(slotAt(chosen).response, ['b']);
  assert.equal(slotAt(run(chosen, { type: 'choose', answer: 'b' })).response, null);
  assert.equal(slotAt(run(chosen, { type: 'clear' })).response, null);
});

test('if two are chosen, a third one is refused; the next action ends the refusal', () => {
  const two = run(open(form()), { type: 'go', to: 2 }, { type: 'choose', answer: 'd' }, { type: 'choose', answer: 'a' });
  assert.deepEqual(slotAt(two).response, ['a', 'd'], 'in the order of the question');
  assert.equal(standing(slotAt(two)), 'answered');
  const three = run(two, { type: 'choose', answer: 'b' });
  assert.deepEqual(slotAt(three).response, ['a', 'd']);
  assert.equal(three.refused, 2);
  assert.equal(run(three, { type: 'choose', answer: 'a' }).refused, null);
  assert.equal(standing(slotAt(run(three, { type: 'choose', answer: 'a' }))), 'incomplete');
});

test('striking out a chosen answer clears it, and choosing a struck-out answer restores it', () => {
  const struck = run(open(form()), { type: 'choose', answer: 'a' }, { type: 'strike', answer: 'a' });
  assert.deepEqual(stateOf(slotAt(struck)), { ...stateOf(slotAt(struck)), response: null, struck_out: ['a'] });
  const restored = run(struck, { type: 'choose', answer: 'a' });
  assert.deepEqual([slotAt(restored).response, slotAt(restored).struck_out], [['a'], []]);
  const refused = run(
    open(form({}, { response: ['a', 'b'], struck_out: ['c'] })),
    { type: 'go', to: 2 },
    { type: 'choose', answer: 'c' },
  );
  assert.deepEqual(slotAt(refused).struck_out, ['c'], 'a refused answer stays struck out');
});

test('the initial order is no response until a row is moved or the order is accepted', () => {
  const third = run(open(form()), { type: 'go', to: 3 });
  assert.deepEqual(shownOrder(slotAt(third)), ['a', 'b', 'c']);
  assert.equal(standing(slotAt(third)), 'seen');
  assert.deepEqual(slotAt(run(third, { type: 'take_order' })).response, ['a', 'b', 'c']);
  const moved = run(third, { type: 'move', from: 0, to: 2 });
  assert.deepEqual(slotAt(moved).response, ['b', 'c', 'a']);
  assert.deepEqual(slotAt(run(moved, { type: 'move', from: 2, to: 3 })).response, ['b', 'c', 'a'], 'not past the end');
  assert.equal(slotAt(run(third, { type: 'move', from: 0, to: -1 })).response, null);
});

test('matches are pairs in the order of the answers, can be used twice, and are removed one by one', () => {
  const fourth = run(
    open(form()),
    { type: 'go', to: 4 },
    { type: 'match', answer: 'b', match: 'x' },
    { type: 'match', answer: 'a', match: 'x' },
  );
  assert.deepEqual(slotAt(fourth).response, [
    { answer: 'a', match: 'x' },
    { answer: 'b', match: 'x' },
  ]);
  const one = run(fourth, { type: 'match', answer: 'a', match: null });
  assert.equal(standing(slotAt(one)), 'incomplete');
  assert.equal(slotAt(run(one, { type: 'match', answer: 'b', match: null })).response, null);
});

test('with immediate feedback, a response is a draft until it is checked, and then final', () => {
  const practice = { ...form(), mode: 'practice', practice: { feedback: 'immediate' } };
  const draft = run(open(practice), { type: 'choose', answer: 'a' }, { type: 'flag' });
  assert.equal(stateOf(slotAt(draft)).response, null, 'nothing of a draft is sent');
  assert.deepEqual(given(slotAt(draft)), ['a']);
  assert.equal(standing(slotAt(draft)), 'seen');
  const checked = run(draft, { type: 'check' });
  assert.deepEqual(stateOf(slotAt(checked)).response, ['a']);
  assert.equal(isFinal(checked, slotAt(checked)), true);
  assert.deepEqual(run(checked, { type: 'choose', answer: 'b' }, { type: 'clear' }), checked);
  const state = stateOf(slotAt(checked));
  const told = run(checked, { type: 'stored', position: 1, state, revision: 2, feedback: { mark: 0 } });
  assert.deepEqual([slotAt(told).checking, slotAt(told).feedback, slotAt(told).justTold], [false, { mark: 0 }, true]);
  assert.equal(slotAt(run(told, { type: 'go', to: 2 }, { type: 'go', to: 1 })).justTold, false, 'told once');
  const refused = run(checked, { type: 'rejected', position: 1, state: { ...state, response: null } });
  assert.deepEqual([slotAt(refused).response, slotAt(refused).draft], [null, ['a']], 'a refused response is a draft again');
});

test('an attempt opens where it was left, with unsent responses', () => {
  const view = viewOf(run(open(form()), { type: 'go', to: 3 }, { type: 'go', to: 2 }));
  const waiting = new Map([[4, { ...stateOf(form().slots[3]), flagged: true }]]);
  const again = open(form(), view, waiting);
  assert.equal(again.current, 2);
  assert.deepEqual(again.slots.map(standing), ['seen', 'seen', 'seen', 'seen']);
  assert.equal(slotAt(again, 4).flagged, true);
  assert.equal(open(form({ response: ['a'] })).current, 2, 'elsewhere it opens at the first open question');
  assert.equal(open(form(), { current: 9 }).current, 1, 'a place that does not exist is none');
});

test('slots are counted by state', () => {
  const sitting = open(form({ response: ['a'], flagged: true }, { response: ['a'] }, { response: ['a', 'b', 'c'] }));
  assert.deepEqual(counts(sitting.slots), {
    total: 4, answered: 2, incomplete: 1, open: 1, flagged: 1, unsure: 0, check: 3,
  });
});

test('time is added to the current slot, up to one day', () => {
  const spent = run(open(form()), { type: 'spend', seconds: 5 }, { type: 'spend', seconds: 86_400 });
  assert.equal(slotAt(spent).seconds_spent, 86_400);
});

test('changes made here and elsewhere are merged part by part; two responses are a conflict', () => {
  const base = { response: ['a'], flagged: false, unsure: false, struck_out: [], seconds_spent: 10 };
  const flagged = merge(base, { ...base, flagged: true, seconds_spent: 14 }, { ...base, response: ['b'], seconds_spent: 30 });
  assert.deepEqual(flagged, { conflict: false, state: { ...base, response: ['b'], flagged: true, seconds_spent: 34 } });
  assert.equal(merge(base, { ...base, response: ['c'] }, { ...base, response: ['b'] }).conflict, true);
  assert.equal(merge(base, { ...base, response: ['b'] }, { ...base, response: ['b'] }).conflict, false);
  assert.equal(merge(base, { ...base, response: null }, { ...base, response: ['b'] }).conflict, true);
  assert.equal(merge(base, { ...base, response: ['c'] }, { ...base, flagged: true }).conflict, false);
});
