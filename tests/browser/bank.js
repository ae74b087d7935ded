// Writes two exams for the stories as seed files: one with every kind of question and texts that are hard to show, one that
// is long. The bundled bank has neither ordering nor matching.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @param {string} code
 * @param {string} name
 * @param {number} count
 * @param {number} weight of the first domain
 */
function exam(code, name, count, weight) {
  return {
    code,
    name,
    provider: 'Tripos',
    description: 'Written for the tests of the pages.',
    blueprint: { version: '1.0', effective_date: '2026-01-01', source: 'tests/browser/bank.js' },
    question_count: count,
    scored_count: count,
    duration_minutes: 90,
    scale: { min: 100, max: 1000, pass_mark: 700 },
    scoring_policy: 'all_or_nothing',
    domains: [
      { number: 1, name: 'Texts', weight, tasks: [{ code: '1.1', name: 'Short and long' }] },
      { number: 2, name: 'Kinds', weight: 100 - weight, tasks: [{ code: '2.1', name: 'Ordering and matching' }] },
    ],
  };
}

/**
 * @param {string} external_key
 * @param {string} task
 * @param {string} kind
 * @param {string} stem
 * @param {object[]} answers
 */
function question(external_key, task, kind, stem, answers) {
  return { external_key, task, kind, difficulty: 2, stem, answers, explanation: `Explanation of ${external_key}.` };
}

/**
 * @param {string} body
 * @param {boolean} [correct]
 * @param {string} [match]
 */
function answer(body, correct = false, match = undefined) {
  return { body, correct, rationale: body ? `Why: ${body}` : 'It belongs to none.', ...(match ? { match } : {}) };
}

const CODE = `\`\`\`json
{
  "Effect": "Allow",
  "Resource": "arn:aws:s3:::a-bucket-with-a-very-long-name-that-does-not-fit-on-any-small-screen/reports/2026/november/*"
}
\`\`\``;

const TABLE = `| Service | Availability | Durability | Price of a gigabyte | Minimum duration | Retrieval |
| --- | --- | --- | --- | --- | --- |
| Standard | 99.99 | 99.999999999 | 0.023 | none | at once |
| Archive | 99.9 | 99.999999999 | 0.0036 | 90 days | hours |`;

const LONG = `${'A company has many teams, and each of them has its own requirements. '.repeat(40)}${'unbreakable'.repeat(20)}`;

const kinds = [
  question('kinds-code', '1.1', 'single_choice', `A policy says:\n\n${CODE}\n\nWhat may the members of the group do?`, [
    answer('Read objects of `reports`', true),
    answer('Write objects'),
    answer('List *every* bucket'),
    answer('Delete the bucket'),
  ]),
  question('kinds-table', '1.1', 'single_choice', `Compare:\n\n${TABLE}\n\nWhich one is cheaper?`, [
    answer('Archive', true),
    answer('Standard'),
    answer('Neither'),
  ]),
  question('kinds-long', '1.1', 'single_choice', `${LONG}\n\nWhat do they need?`, [
    answer(LONG, true),
    answer('Something else'),
    answer('Nothing'),
  ]),
  question('kinds-rtl', '1.1', 'single_choice', 'ما هي الخدمة التي تخزن الكائنات في `buckets`؟', [
    answer('خدمة التخزين Amazon S3', true),
    answer('שירות אחר'),
    answer('לא ידוע'),
  ]),
  question(
    'kinds-picture',
    '1.1',
    'single_choice',
    'Look at ![a diagram](https://pictures.example.org/a.png) and at [the guide](https://docs.example.org/guide). Which is it?',
    [answer('The first', true), answer('The second'), answer('The third')],
  ),
  question('kinds-two', '2.1', 'multiple_response', 'Which of these are colors? (Choose two.)', [
    answer('Red', true),
    answer('Seven'),
    answer('Green', true),
    answer('Monday'),
    answer('Salt'),
  ]),
  question('kinds-order', '2.1', 'ordering', 'Put the numbers in order, the smallest at the top.', [
    answer('One', true),
    answer('Two', true),
    answer('Three', true),
    answer('Four', true),
  ]),
  question('kinds-match', '2.1', 'matching', 'Match each country to its capital.', [
    answer('Austria', true, 'Vienna'),
    answer('France', true, 'Paris'),
    answer('Japan', true, 'Tokyo'),
  ]),
];

const long = Array.from({ length: 200 }, (_, index) =>
  question(`long-${index + 1}`, index % 2 ? '2.1' : '1.1', 'single_choice', `What is ${index + 1} plus ${index + 2}?`, [
    answer(String(2 * index + 3), true),
    answer(String(2 * index + 4)),
    answer(String(2 * index + 5)),
  ]),
);

/**
 * @param {string} code
 * @param {string} name
 * @param {number} weight
 * @param {object[]} questions
 */
function write(code, name, weight, questions) {
  const file = { exam: exam(code, name, questions.length, weight), questions };
  writeFileSync(join(process.argv[2], `${code}.json`), JSON.stringify(file));
}

write('kinds', 'Kinds of questions', 62, kinds);
write('long', 'A long exam', 50, long);
