/** Which operation by which client has series of its own. */
import { BoundedLabels, OTHER } from './bounded-labels.ts';

/** Of proven clients and of all others each. */
const MAX_PAIRS = 300;

export class OperationLabels {
  readonly #proven = new BoundedLabels(MAX_PAIRS);
  // Whoever only says who it is can make up as many names as there is room for, and takes it from its like alone.
  readonly #claimed = new BoundedLabels(MAX_PAIRS);
  // Names of clients are made up most easily: how an operation does is still told where they are too many.
  readonly #operations = new BoundedLabels(MAX_PAIRS);

  /** @param client `proven`: by an API key. */
  of(
    operation: string,
    client: { readonly name: string; readonly proven: boolean },
  ): { readonly operation: string; readonly client: string } {
    const pairs = client.proven ? this.#proven : this.#claimed;
    if (pairs.admits(operation, client.name)) return { operation, client: client.name };
    return { operation: this.#operations.admits(operation) ? operation : OTHER, client: OTHER };
  }
}
