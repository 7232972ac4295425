/** A part of a process with a life of its own. Started in order, stopped in reverse order. */
export interface Component {
  readonly name: string;
  start(): Promise<void>;
  /** Finishes what is in flight, then releases everything. Safe to call twice, and without a start. */
  stop(): Promise<void>;
  readiness(): Readiness;
}

export interface Readiness {
  readonly ready: boolean;
  /** Why not, or which fallback serves. */
  readonly detail?: string;
}

export const READY: Readiness = { ready: true };
