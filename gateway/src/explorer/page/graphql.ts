/** Runs the shipped operations, by name, as the chosen persona. */
export interface Answer<T> {
  readonly data: T | null | undefined;
  readonly errors: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
  /** From asking to having the answer read, in milliseconds. */
  readonly durationMs: number;
  readonly bytes: number;
}

interface Operation {
  readonly name: string;
  readonly document: string;
  readonly variables?: Record<string, unknown>;
}

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
    const operation = this.#documents.get(name);
    const started = performance.now();
    if (operation === undefined) return failed(`The operation ${name} is not shipped.`, 0);
    try {
      const response = await fetch('/graphql', {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(this.profileId === '' ? {} : { 'x-profile-id': this.profileId }),
        },
        body: JSON.stringify({ query: operation.document, operationName: name, variables }),
      });
      const text = await response.text();
      const body = JSON.parse(text) as { data?: T | null; errors?: Answer<T>['errors'] };
      const durationMs = performance.now() - started;
      return { data: body.data, errors: body.errors ?? [], durationMs, bytes: text.length };
    } catch (error) {
      return failed(
        error instanceof Error ? error.message : 'The request failed.',
        performance.now() - started,
      );
    }
  }
}

function failed(message: string, durationMs: number): Answer<never> {
  return { data: undefined, errors: [{ message }], durationMs, bytes: 0 };
}
