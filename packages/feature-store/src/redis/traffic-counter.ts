/** How often the store has asked Redis for something: what "one round trip" is measured by. */

/** Since the store was made. */
export interface StoreTraffic {
  /** Times that something waited for Redis; commands that are sent together are waited for once. */
  readonly roundTrips: number;
  readonly commands: number;
}

export class TrafficCounter {
  #roundTrips = 0;
  #commands = 0;

  /** @param commands sent together. */
  count(commands: number): void {
    this.#roundTrips++;
    this.#commands += commands;
  }

  read(): StoreTraffic {
    return { roundTrips: this.#roundTrips, commands: this.#commands };
  }
}
