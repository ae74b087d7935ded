// What tabs of one browser tell each other about an attempt.

/**
 * @param {string} name the same in all tabs that belong together
 * @param {(message: any) => void} hear
 * @param {{ new (name: string): BroadcastChannel }} [Channel]
 */
export function createTabs(name, hear, Channel = globalThis.BroadcastChannel) {
  let channel = Channel ? new Channel(name) : null;
  if (channel) channel.onmessage = (event) => hear(event.data);
  return {
    /** @param {object} message */
    tell(message) {
      channel?.postMessage(message);
    },
    close() {
      channel?.close();
      channel = null;
    },
  };
}

/** Locks between tabs; without them, as on a page that is not secure, a tab works alone. */
export const locks = globalThis.navigator?.locks ?? {
  /**
   * @param {string} _name
   * @param {() => Promise<void>} work
   */
  request: (_name, work) => work(),
};
