// The server's time. The device's clock may be wrong by hours, so it is not used: each reply has the time in
// `Date`, the fastest of the last replies is the most accurate, and performance.now() extrapolates it.

const KEPT = 8;
/** If the two clocks of the device drift apart by more than this, it has slept, in ms. */
const SLEPT = 2_000;

/**
 * @typedef {{ took: number, offset: number }} Sample `offset`: the server's time less that of `now()`
 * @param {{ now(): number, wall(): number }} device a monotonic clock, and the wall clock
 */
export function createClock({ now, wall }) {
  /** @type {Sample[]} */
  let samples = [];
  let drift = wall() - now();

  return {
    /** @param {string | null} date of a reply @param {number} began when it was requested, by `now()` */
    note(date, began) {
      const told = Date.parse(date ?? '');
      if (Number.isNaN(told)) return;
      const ended = now();
      // The monotonic clock may have stopped while the device slept.
      if (Math.abs(wall() - ended - drift) > SLEPT) samples = [];
      drift = wall() - ended;
      const took = ended - began;
      // `Date` has whole seconds, so on average half a second is missing.
      samples = [...samples, { took, offset: told + 500 + took / 2 - ended }].slice(-KEPT);
    },
    /** Whether the device has slept since the last reply, so that `serverNow` is late. */
    hasSlept: () => samples.length > 0 && Math.abs(wall() - now() - drift) > SLEPT,
    /** The server's time in ms; the time of the device until the first reply. */
    serverNow() {
      const [first, ...others] = samples;
      if (!first) return wall();
      return now() + others.reduce((best, sample) => (sample.took <= best.took ? sample : best), first).offset;
    },
  };
}

const clock = createClock({ now: () => performance.now(), wall: () => Date.now() });

export const { note, serverNow, hasSlept } = clock;
