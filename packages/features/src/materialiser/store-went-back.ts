/**
 * The store has lost what had been written, as a server does that was restarted from an older copy of its data: events
 * that were applied are to be delivered again, from `Materialiser.resume()` on.
 */
export class StoreWentBack extends Error {
  override readonly name = 'StoreWentBack';
}
