// Events of the page: hidden and shown, offline and online, left, and the device asleep.

/** How often to check whether the device has slept, in ms. */
const LOOKS = 5_000;

/**
 * @param {{ shown(): void, hidden(): void, connection(isOnline: boolean): void, left(): void, mayLeave(): boolean,
 *   hasSlept(): boolean, woken(): void }} on
 * @returns {() => void} stops watching
 */
export function watchPage(on) {
  const onVisible = () => (document.visibilityState === 'hidden' ? on.hidden() : on.shown());
  const onConnection = () => on.connection(navigator.onLine);
  /** @param {BeforeUnloadEvent} event */
  const onLeave = (event) => {
    if (!on.mayLeave()) event.preventDefault();
  };
  const timer = setInterval(() => on.hasSlept() && on.woken(), LOOKS);
  document.addEventListener('visibilitychange', onVisible);
  addEventListener('online', onConnection);
  addEventListener('offline', onConnection);
  addEventListener('pagehide', on.left);
  addEventListener('beforeunload', onLeave);
  return () => {
    clearInterval(timer);
    document.removeEventListener('visibilitychange', onVisible);
    removeEventListener('online', onConnection);
    removeEventListener('offline', onConnection);
    removeEventListener('pagehide', on.left);
    removeEventListener('beforeunload', onLeave);
  };
}
