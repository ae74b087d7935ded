// The learner's changes to the slots of an attempt, as a pure reducer. Nothing here sends, stores or draws.

/**
 * @typedef {{ answer: string, match: string }} Pair
 * @typedef {string | Pair} Choice
 * @typedef {{ id: string, body: string }} ShownAnswer
 * @typedef {{ number: number, name: string }} DomainName
 * @typedef {{ id: string, kind: 'single_choice' | 'multiple_response' | 'ordering' | 'matching', domain: DomainName,
 *   stem: string, choose?: number, answers: ShownAnswer[], matches?: string[] }} Question
 * @typedef {{ id?: string, body: string, is_correct: boolean, rationale: string, match?: string }} AnswerResult
 * @typedef {{ mark: number, key: Choice[], answers: AnswerResult[], explanation: string,
 *   references: { title: string, url: string }[], due_on?: string }} Feedback
 * @typedef {{ response: Choice[] | null, flagged: boolean, unsure: boolean, struck_out: string[],
 *   seconds_spent: number }} SlotState
 * @typedef {SlotState & { position: number, question: Question, revision: number, feedback?: Feedback }} Slot
 * @typedef {Slot & { seen: boolean, draft: Choice[] | null, checking: boolean, justTold: boolean }} OpenSlot
 * @typedef {{ slots: OpenSlot[], current: number, teaching: boolean, domainShown: boolean, refused: number | null }} Sitting
 * @typedef {{ current?: number, seen?: number[], drafts?: Record<string, Choice[]> }} View
 */

/** The names of the parts of a slot that a PUT replaces. */
const PARTS = /** @type {const} */ (['response', 'flagged', 'unsure', 'struck_out', 'seconds_spent']);

/** The most seconds that a slot can report. */
export const MOST_SECONDS = 86_400;

/**
 * The body of a PUT of a slot.
 * @param {SlotState} slot
 * @returns {SlotState}
 */
export function stateOf(slot) {
  const { response, flagged, unsure, struck_out, seconds_spent } = slot;
  return { response: response?.length ? response : null, flagged, unsure, struck_out, seconds_spent };
}

/**
 * Whether an attempt has immediate feedback.
 * @param {{ mode: string, practice?: { feedback: string } }} attempt
 */
export function isTeaching(attempt) {
  return attempt.practice ? attempt.practice.feedback === 'immediate' : attempt.mode === 'review';
}

/**
 * Opens an attempt where it was left.
 * @param {{ mode: string, practice?: { feedback: string }, slots: Slot[] }} attempt
 * @param {View} view what this device stores about it
 * @param {Map<number, SlotState>} waiting the states that are not sent yet, by position
 * @returns {Sitting}
 */
export function open(attempt, view = {}, waiting = new Map()) {
  const teaching = isTeaching(attempt);
  const seen = new Set(view.seen);
  const slots = attempt.slots.map((slot) => {
    const state = waiting.get(slot.position) ?? stateOf(slot);
    const touched = state.seconds_spent > 0 || state.flagged || state.unsure || state.response !== null;
    return {
      ...slot,
      ...state,
      seen: touched || state.struck_out.length > 0 || seen.has(slot.position),
      draft: (teaching && !state.response && view.drafts?.[slot.position]) || null,
      checking: teaching && state.response !== null && !slot.feedback && waiting.has(slot.position),
      justTold: false,
    };
  });
  const known = slots.some((slot) => slot.position === view.current);
  const first = slots.find((slot) => !slot.response) ?? slots[0];
  const current = known ? /** @type {number} */ (view.current) : first.position;
  return see({ slots, current, teaching, domainShown: attempt.mode !== 'exam', refused: null });
}

/**
 * What this device should store.
 * @param {Sitting} sitting
 * @returns {View}
 */
export function viewOf({ slots, current }) {
  /** @type {Record<string, Choice[]>} */
  const drafts = {};
  for (const slot of slots) if (slot.draft) drafts[slot.position] = slot.draft;
  return { current, seen: slots.filter((slot) => slot.seen).map((slot) => slot.position), drafts };
}

/**
 * The slot at a position.
 * @param {Sitting} sitting
 * @param {number} [position]
 */
export function slotAt(sitting, position = sitting.current) {
  return sitting.slots[position - 1];
}

/**
 * The response that a slot shows: the stored one, or the draft that is not checked yet.
 * @param {OpenSlot} slot
 */
export function given(slot) {
  return slot.response ?? slot.draft ?? [];
}

/**
 * Whether the response of a slot is final: with immediate feedback, the first response counts.
 * @param {Sitting} sitting
 * @param {OpenSlot} slot
 */
export function isFinal(sitting, slot) {
  return sitting.teaching && slot.response !== null;
}

/**
 * The number of parts of a full response; 1 if it has no parts.
 * @param {Question} question
 */
export function parts(question) {
  switch (question.kind) {
    case 'multiple_response':
      return question.choose ?? 1;
    case 'matching':
      return question.answers.length;
    default:
      return 1;
  }
}

/**
 * How complete a response is.
 * @param {Question} question
 * @param {Choice[] | null} response
 * @returns {'none' | 'incomplete' | 'answered'}
 */
export function progress(question, response) {
  if (!response?.length) return 'none';
  return response.length < parts(question) ? 'incomplete' : 'answered';
}

/**
 * The state of a slot in the list of questions.
 * @param {OpenSlot} slot
 * @returns {'unseen' | 'seen' | 'incomplete' | 'answered'}
 */
export function standing(slot) {
  const state = progress(slot.question, slot.response);
  if (state !== 'none') return state;
  return slot.seen ? 'seen' : 'unseen';
}

/**
 * The number of slots in each state.
 * @param {OpenSlot[]} slots
 */
export function counts(slots) {
  const all = { total: slots.length, answered: 0, incomplete: 0, open: 0, flagged: 0, unsure: 0, check: 0 };
  for (const slot of slots) {
    const state = progress(slot.question, slot.response);
    if (state === 'none') all.open += 1;
    else all[state] += 1;
    if (slot.flagged) all.flagged += 1;
    if (slot.unsure) all.unsure += 1;
    if (isToCheck(slot)) all.check += 1;
  }
  return all;
}

/**
 * Whether a slot should be checked before the attempt is submitted.
 * @param {OpenSlot} slot
 */
export function isToCheck(slot) {
  return slot.flagged || slot.unsure || progress(slot.question, slot.response) !== 'answered';
}

/**
 * The order that an ordering question shows.
 * @param {OpenSlot} slot
 * @returns {string[]}
 */
export function shownOrder(slot) {
  const response = /** @type {string[]} */ (given(slot));
  return response.length ? response : slot.question.answers.map((answer) => answer.id);
}

/**
 * A list with one item moved.
 * @template T
 * @param {T[]} list
 * @param {number} from
 * @param {number} to
 */
export function moved(list, from, to) {
  const rest = list.filter((_, index) => index !== from);
  return [...rest.slice(0, to), list[from], ...rest.slice(to)];
}

/**
 * An action of the learner or the server.
 * @typedef {{ type: 'go', to: number }
 *   | { type: 'choose', answer: string } | { type: 'clear' } | { type: 'strike', answer: string }
 *   | { type: 'flag' } | { type: 'unsure' } | { type: 'move', from: number, to: number } | { type: 'take_order' }
 *   | { type: 'match', answer: string, match: string | null } | { type: 'check' }
 *   | { type: 'spend', seconds: number }
 *   | { type: 'stored', position: number, state: SlotState, revision: number, feedback?: Feedback }
 *   | { type: 'rejected', position: number, state: SlotState }} Action
 */

/**
 * @param {Sitting} sitting
 * @param {Action} action
 * @returns {Sitting}
 */
export function reduce(sitting, action) {
  const slot = slotAt(sitting);
  switch (action.type) {
    case 'go':
      return see({ ...replace(sitting, { ...slot, justTold: false }), current: Math.min(Math.max(action.to, 1), sitting.slots.length), refused: null });
    case 'flag':
      return change(sitting, { ...slot, flagged: !slot.flagged });
    case 'unsure':
      return change(sitting, { ...slot, unsure: !slot.unsure });
    case 'spend':
      return replace(sitting, { ...slot, seconds_spent: Math.min(slot.seconds_spent + action.seconds, MOST_SECONDS) });
    case 'stored': {
      const { position, state, revision, feedback } = action;
      const old = slotAt(sitting, position);
      const draft = state.response ? null : old.draft;
      const justTold = old.justTold || (old.checking && feedback !== undefined);
      const told = { draft, checking: false, feedback: feedback ?? old.feedback, justTold };
      return replace(sitting, { ...old, ...stateOf(state), revision, ...told });
    }
    case 'rejected': {
      const old = slotAt(sitting, action.position);
      const draft = sitting.teaching && !action.state.response ? (old.response ?? old.draft) : null;
      return replace(sitting, { ...old, ...stateOf(action.state), draft, checking: false });
    }
    default:
      return isFinal(sitting, slot) ? sitting : respond(sitting, slot, action);
  }
}

/**
 * @param {Sitting} sitting
 * @param {OpenSlot} slot
 * @param {Action} action
 */
function respond(sitting, slot, action) {
  const response = given(slot);
  switch (action.type) {
    case 'choose':
      return choose(sitting, slot, action.answer);
    case 'clear':
      return give(sitting, slot, []);
    case 'strike':
      return strike(sitting, slot, action.answer);
    case 'move': {
      const order = shownOrder(slot);
      const isThere = action.to >= 0 && action.to < order.length && action.to !== action.from;
      return isThere ? give(sitting, slot, moved(order, action.from, action.to)) : sitting;
    }
    case 'take_order':
      return give(sitting, slot, shownOrder(slot));
    case 'match': {
      const pairs = /** @type {Pair[]} */ (response).filter((pair) => pair.answer !== action.answer);
      if (action.match !== null) pairs.push({ answer: action.answer, match: action.match });
      const place = (/** @type {Pair} */ pair) => slot.question.answers.findIndex(({ id }) => id === pair.answer);
      return give(sitting, slot, pairs.sort((a, b) => place(a) - place(b)));
    }
    case 'check':
      return slot.draft?.length
        ? replace(sitting, { ...slot, response: slot.draft, draft: null, checking: true })
        : sitting;
    default:
      return sitting;
  }
}

/**
 * @param {Sitting} sitting
 * @param {OpenSlot} slot
 * @param {string} answer
 */
function choose(sitting, slot, answer) {
  const response = /** @type {string[]} */ (given(slot));
  const restored = { ...slot, struck_out: slot.struck_out.filter((id) => id !== answer) };
  if (response.includes(answer)) return give(sitting, slot, response.filter((id) => id !== answer));
  if (slot.question.kind === 'single_choice') return give(sitting, restored, [answer]);
  if (response.length >= parts(slot.question)) return { ...sitting, refused: slot.position };
  const order = slot.question.answers.map(({ id }) => id).filter((id) => id === answer || response.includes(id));
  return give(sitting, restored, order);
}

/**
 * @param {Sitting} sitting
 * @param {OpenSlot} slot
 * @param {string} answer
 */
function strike(sitting, slot, answer) {
  if (slot.struck_out.includes(answer)) {
    return change(sitting, { ...slot, struck_out: slot.struck_out.filter((id) => id !== answer) });
  }
  const struck = { ...slot, struck_out: [...slot.struck_out, answer] };
  const response = given(slot);
  return response.includes(answer)
    ? give(sitting, struck, response.filter((id) => id !== answer))
    : change(sitting, struck);
}

/**
 * The slot with a response. With immediate feedback, it is only a draft until it is checked.
 * @param {Sitting} sitting
 * @param {OpenSlot} slot
 * @param {Choice[]} response
 */
function give(sitting, slot, response) {
  const value = response.length ? response : null;
  return change(sitting, sitting.teaching ? { ...slot, draft: value } : { ...slot, response: value });
}

/**
 * @param {Sitting} sitting
 * @param {OpenSlot} slot
 */
function change(sitting, slot) {
  return { ...replace(sitting, slot), refused: null };
}

/**
 * @param {Sitting} sitting
 * @param {OpenSlot} slot
 */
function replace(sitting, slot) {
  return { ...sitting, slots: sitting.slots.map((old) => (old.position === slot.position ? slot : old)) };
}

/** @param {Sitting} sitting */
function see(sitting) {
  const slot = slotAt(sitting);
  return slot.seen ? sitting : replace(sitting, { ...slot, seen: true });
}

/**
 * Whether two states of a slot are equal, with or without the time.
 * @param {SlotState} one
 * @param {SlotState} other
 */
export function isSame(one, other, withTime = true) {
  return PARTS.every((part) => (part === 'seconds_spent' && !withTime) || isEqual(one[part], other[part]));
}

/**
 * Merges the changes of a slot that was changed here and elsewhere. If both changed the response, the learner has to decide.
 * @param {SlotState} base the common base
 * @param {SlotState} ours
 * @param {SlotState} theirs
 * @returns {{ state: SlotState, conflict: boolean }}
 */
export function merge(base, ours, theirs) {
  /** @type {Record<string, unknown>} */
  const state = {};
  for (const part of PARTS) state[part] = isEqual(ours[part], base[part]) ? theirs[part] : ours[part];
  const spent = theirs.seconds_spent + Math.max(0, ours.seconds_spent - base.seconds_spent);
  state.seconds_spent = Math.min(spent, MOST_SECONDS);
  const [mine, yours, before] = [ours, theirs, base].map((one) => one.response);
  const conflict = !isEqual(mine, yours) && !isEqual(mine, before) && !isEqual(yours, before);
  return { state: /** @type {SlotState} */ (/** @type {unknown} */ (state)), conflict };
}

/**
 * @param {unknown} one
 * @param {unknown} other
 */
function isEqual(one, other) {
  return JSON.stringify(one ?? null) === JSON.stringify(other ?? null);
}
