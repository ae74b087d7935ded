// What only time can do to an attempt, done to its rows: the server that is tested has no clock to turn.

import { execFileSync } from 'node:child_process';
import { DATABASE } from './world.js';

/** @param {string} script @param {string[]} values */
function run(script, ...values) {
  execFileSync('python3', ['-c', script, DATABASE, ...values]);
}

const EXTEND = `
import sqlite3, sys
file, email, percent = sys.argv[1:]
database = sqlite3.connect(file, timeout=30)
assert database.execute("UPDATE users SET extra_time_percent = ? WHERE email = ?", [percent, email]).rowcount == 1
database.commit()
`;

/**
 * Gives somebody extra time, which an administrator does.
 * @param {{ email: string }} someone
 * @param {number} percent
 */
export function extendTime(someone, percent) {
  run(EXTEND, someone.email, String(percent));
}

const MOVE = `
import datetime, sqlite3, sys
file, attempt, seconds = sys.argv[1:]
database = sqlite3.connect(file, timeout=30)
where = "WHERE id = ?"
times = database.execute(f"SELECT started_at, deadline_at FROM attempts {where}", [attempt]).fetchone()
def earlier(time):
    moved = datetime.datetime.fromisoformat(time) - datetime.timedelta(seconds=float(seconds))
    return moved.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
database.execute(f"UPDATE attempts SET started_at = ?, deadline_at = ? {where}", [*map(earlier, times), attempt])
database.commit()
`;

/**
 * Makes an attempt begin, and end, so many seconds earlier.
 * @param {string} attempt
 * @param {number} seconds
 */
export function passTime(attempt, seconds) {
  run(MOVE, attempt, String(seconds));
}

/**
 * Lets the time of an attempt run until so many seconds are left.
 * @param {{ id: string, deadline_at: string }} attempt
 * @param {number} seconds
 */
export function leaveSeconds(attempt, seconds) {
  passTime(attempt.id, (Date.parse(attempt.deadline_at) - Date.now()) / 1000 - seconds);
}
