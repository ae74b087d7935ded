// What happens to the page: hidden and shown, cut off and connected, left.

/**
 * @param {{ shown(): void, hidden(): void, connection(isOnline: boolean): void, left(): void, mayLeave(): boolean }} on
 * @returns {() => void} ends it
 */
export function watchPage(on) {
  const onVisible = () => (document.visibilityState === 'hidden' ? on.hidden() : on.shown());
  const onConnection = () => on.connection(navigator.onLine);
  /** @param {BeforeUnloadEvent} event */
  const onLeave = (event) => {
    if (!on.mayLeave()) event.preventDefault();
  };
  document.addEventListener('visibilitychange', onVisible);
  addEventListener('online', onConnection);
  addEventListener('offline', onConnection);
  addEventListener('pagehide', on.left);
  addEventListener('beforeunload', onLeave);
  return () => {
    document.removeEventListener('visibilitychange', onVisible);
    removeEventListener('online', onConnection);
    removeEventListener('offline', onConnection);
    removeEventListener('pagehide', on.left);
    removeEventListener('beforeunload', onLeave);
  };
}
