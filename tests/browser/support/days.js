// Days that pass: all that a learner has done happened so many days earlier.

import { execFileSync } from 'node:child_process';
import { DATABASE } from './world.js';

const MOVE = `
import datetime, re, sqlite3, sys
file, email, days = sys.argv[1:]
database = sqlite3.connect(file, timeout=30)
(user,) = database.execute("SELECT id FROM users WHERE email = ?", [email]).fetchone()
def earlier(day):
    return (datetime.date.fromisoformat(day) - datetime.timedelta(days=int(days))).isoformat()
def moved(text):
    if re.fullmatch(r"\\d{4}-\\d\\d-\\d\\d", text):
        return earlier(text)
    return re.sub(r"\\d{4}-\\d\\d-\\d\\d(?=T\\d\\d:\\d\\d)", lambda day: earlier(day.group()), text)
columns = {
    "attempts": ["started_at", "deadline_at", "submitted_at", "report"],
    "attempt_slots": ["answered_at"],
    "learner_questions": ["answered_at", "due_on"],
}
for table, names in columns.items():
    rows = database.execute(f"SELECT rowid, {', '.join(names)} FROM {table} WHERE user_id = ?", [user]).fetchall()
    for row, *texts in rows:
        values = [text and moved(text) for text in texts]
        database.execute(f"UPDATE {table} SET {', '.join(name + ' = ?' for name in names)} WHERE rowid = ?", [*values, row])
database.commit()
`;

/**
 * Lets days pass for a learner.
 * @param {{ email: string }} someone
 * @param {number} days
 */
export function passDays(someone, days) {
  execFileSync('python3', ['-c', MOVE, DATABASE, someone.email, String(days)]);
}

/**
 * The day that is so many days from now, in the time zone of the accounts of the stories.
 * @param {number} days
 */
export function dayFromNow(days) {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
}
