/** Runs the shipped operations, by name, as the chosen persona: in one piece, in parts as they come, or for as long as one likes. */
import { type Failure, IncrementalAnswer, type Part } from './incremental.ts';
import { follow, type Listener } from './live.ts';
import { boundaryOf, partsOf } from './multipart.ts';

export interface Answer<T> {
  readonly data: T | null | undefined;
  readonly errors: readonly Failure[];
  /** From asking to having the answer read, in milliseconds. */
  readonly durationMs: number;
  readonly bytes: number;
}

/** What is there of an answer so far. */
export interface PartialAnswer<T> extends Answer<T> {
  /** How many parts have come. */
  readonly parts: number;
  readonly isWhole: boolean;
}

interface Operation {
  readonly name: string;
  readonly document: string;
  readonly variables?: Record<string, unknown>;
}

const IN_PARTS = 'multipart/mixed;incrementalSpec=v0.2, application/json';

export class Operations {
  readonly #documents: ReadonlyMap<string, Operation>;
  /** Empty: nobody. */
  profileId = '';

  private constructor(operations: readonly Operation[]) {
    this.#documents = new Map(operations.map((operation) => [operation.name, operation]));
  }

  static async load(): Promise<Operations> {
    const response = await fetch('/start/operations.json');
    return new Operations((await response.json()) as readonly Operation[]);
  }

  has(name: string): boolean {
    return this.#documents.has(name);
  }

  document(name: string): string | undefined {
    return this.#documents.get(name)?.document;
  }

  /** Never rejects: a failure of the network is an error like any other. */
  async run<T>(name: string, variables: Record<string, unknown> = {}): Promise<Answer<T>> {
    let last: Answer<T> = failed('There was no answer.', 0);
    for await (const answer of this.#answers<T>(name, variables, 'application/json')) last = answer;
    return last;
  }

  /** What is there each time that more of it has come; the same `data` object, grown. Never rejects. */
  inParts<T>(name: string, variables: Record<string, unknown> = {}, signal?: AbortSignal) {
    return this.#answers<T>(name, variables, IN_PARTS, signal);
  }

  /** Events of a subscription until the returned function is called. */
  follow(name: string, variables: Record<string, unknown>, listener: Listener): () => void {
    return follow((signal) => this.#ask(name, variables, 'text/event-stream', signal), listener);
  }

  async *#answers<T>(
    name: string,
    variables: Record<string, unknown>,
    accept: string,
    signal?: AbortSignal,
  ): AsyncGenerator<PartialAnswer<T>, void, void> {
    const started = performance.now();
    const answer = new IncrementalAnswer();
    let bytes = 0;
    let parts = 0;
    const soFar = (isWhole: boolean): PartialAnswer<T> => ({
      data: answer.data as T | null | undefined,
      errors: answer.errors,
      durationMs: performance.now() - started,
      bytes,
      parts: ++parts,
      isWhole,
    });
    try {
      const response = await this.#ask(name, variables, accept, signal);
      const boundary = boundaryOf(response.headers.get('content-type'));
      if (boundary === undefined || response.body === null) {
        const text = await response.text();
        bytes = text.length;
        answer.take(JSON.parse(text) as Part);
        yield soFar(true);
        return;
      }
      let isWhole = false;
      for await (const { value, length } of partsOf(response.body, boundary)) {
        const part = value as Part;
        bytes += length;
        answer.take(part);
        isWhole = part.hasNext !== true;
        yield soFar(isWhole);
      }
      if (!isWhole)
        yield { ...soFar(true), errors: [...answer.errors, { message: 'The answer broke off.' }] };
    } catch (error) {
      if (signal?.aborted) return;
      // What browsers say about the network differs, and says no more.
      const message = error instanceof TypeError ? 'The server cannot be reached.' : String(error);
      yield { ...soFar(true), errors: [...answer.errors, { message }] };
    }
  }

  #ask(
    name: string,
    variables: Record<string, unknown>,
    accept: string,
    signal?: AbortSignal,
  ): Promise<Response> {
    const operation = this.#documents.get(name);
    if (operation === undefined) return Promise.reject(new Error(`The operation ${name} is not shipped.`));
    return fetch('/graphql', {
      method: 'POST',
      headers: {
        accept,
        'content-type': 'application/json',
        ...(this.profileId === '' ? {} : { 'x-profile-id': this.profileId }),
      },
      body: JSON.stringify({ query: operation.document, operationName: name, variables }),
      ...(signal === undefined ? {} : { signal }),
    });
  }
}

function failed(message: string, durationMs: number): Answer<never> {
  return { data: undefined, errors: [{ message }], durationMs, bytes: 0 };
}
