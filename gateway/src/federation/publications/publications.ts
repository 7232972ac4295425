/**
 * The supergraphs that an installation was given, in order. What is in force is the last of them: rolling back
 * publishes an old text once more, so that the history tells what was served when.
 */
import type { Publication, PublishedSupergraph } from '../published-supergraph.ts';

export interface NewPublication {
  readonly sdl: string;
  readonly publishedBy: string;
  readonly note: string;
  readonly rollbackTo?: number;
}

export interface Publications {
  /** What gateways are told. */
  current(): Promise<PublishedSupergraph | undefined>;
  /** Newest first; at least the last 100. */
  history(): Promise<readonly Publication[]>;
  /** The text of a version, undefined when it is not known (any more). */
  text(version: number): Promise<string | undefined>;
  /**
   * Puts a supergraph in force.
   * @param after the version it was compared with, 0 for none.
   * @throws MarqueeError CONFLICT when another one was published meanwhile; nothing has changed then.
   */
  publish(next: NewPublication, after: number): Promise<Publication>;
  close(): Promise<void>;
}

export const MAX_HISTORY = 100;
