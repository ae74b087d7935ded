// Messages between tabs of one browser about an attempt.

/**
 * @param {string} name the same in all tabs with the same attempt
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

/** Locks between tabs. Without them, as on an insecure page, a tab works alone. */
export const locks = globalThis.navigator?.locks ?? {
  /**
   * @param {string} _name
   * @param {() => Promise<void>} work
   */
  request: (_name, work) => work(),
};
