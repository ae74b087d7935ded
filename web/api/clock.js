// The server's time. The device's clock may be wrong by hours, so it is never asked for it: each reply tells the time in
// `Date`, the fastest of the last replies is nearest to the truth, and performance.now() carries it on.

const KEPT = 8;
/** How far the two clocks of the device may drift apart before it must have slept, in ms. */
const SLEPT = 2_000;

/**
 * @typedef {{ took: number, offset: number }} Sample `offset`: the server's time less that of `now()`
 * @param {{ now(): number, wall(): number }} device time that runs evenly, and the clock on the wall
 */
export function createClock({ now, wall }) {
  /** @type {Sample[]} */
  let samples = [];
  let drift = wall() - now();

  return {
    /** @param {string | null} date of a reply @param {number} began when it was asked for, by `now()` */
    note(date, began) {
      const told = Date.parse(date ?? '');
      if (Number.isNaN(told)) return;
      const ended = now();
      // What runs evenly may have stood still while the device slept.
      if (Math.abs(wall() - ended - drift) > SLEPT) samples = [];
      drift = wall() - ended;
      const took = ended - began;
      // The fraction that the field leaves out is half a second on average.
      samples = [...samples, { took, offset: told + 500 + took / 2 - ended }].slice(-KEPT);
    },
    /** Whether the device has slept since the last reply, so that `serverNow` is late. */
    hasSlept: () => samples.length > 0 && Math.abs(wall() - now() - drift) > SLEPT,
    /** The server's time in ms; that of the device until there was a reply. */
    serverNow() {
      const [first, ...others] = samples;
      if (!first) return wall();
      return now() + others.reduce((best, sample) => (sample.took <= best.took ? sample : best), first).offset;
    },
  };
}

const clock = createClock({ now: () => performance.now(), wall: () => Date.now() });

export const { note, serverNow, hasSlept } = clock;
