/** What was replaced goes on answering for a while, longer than any request lives that has begun on it; then it ends. */
export interface Retirement {
  /** Resolves when it has ended. */
  readonly done: Promise<void>;
  /** Ends it now. */
  hurry(): void;
}

export function retireAfter(milliseconds: number, end: () => Promise<void>): Retirement {
  const due = Promise.withResolvers<void>();
  const timer = setTimeout(due.resolve, milliseconds);
  timer.unref();
  return {
    done: due.promise.then(end),
    hurry() {
      clearTimeout(timer);
      due.resolve();
    },
  };
}
