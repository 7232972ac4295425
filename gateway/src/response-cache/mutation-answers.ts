/** A mutation is fetched past the cache, and what was kept for its viewer ends before it is answered. */
import type { RequestAnswers } from '../executor/answer-keeping.ts';
import type { Send } from '../executor/plan/wave.ts';

export class MutationAnswers implements RequestAnswers {
  readonly #end: () => Promise<void>;
  #mayHaveChanged = false;

  constructor(end: () => Promise<void>) {
    this.#end = end;
  }

  through(send: Send): Send {
    return async (step, variables) => {
      if (step.operationKind !== 'mutation') return send(step, variables);
      try {
        const result = await send(step, variables);
        // What a subgraph does not say, and what failed, may have happened.
        if (result.keeping?.changedNothing !== true) this.#mayHaveChanged = true;
        return result;
      } catch (error) {
        this.#mayHaveChanged = true;
        throw error;
      }
    };
  }

  async finish(): Promise<void> {
    if (this.#mayHaveChanged) await this.#end();
  }
}
