/** One call of `publish` on its way: its acknowledgements come one by one and are answered together. */
import type { PublishAck } from '../index.ts';

export class Publication {
  readonly acknowledged: Promise<readonly PublishAck[]>;
  readonly #acks: PublishAck[];
  #left: number;
  #resolve: (acks: readonly PublishAck[]) => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;

  constructor(size: number) {
    this.#acks = new Array(size);
    this.#left = size;
    this.acknowledged = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  settle(index: number, ack: PublishAck): void {
    this.#acks[index] = ack;
    if (--this.#left === 0) this.#resolve(this.#acks);
  }

  refuse(error: unknown): void {
    this.#reject(error);
  }
}
