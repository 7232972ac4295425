/** The seam between the executor and whoever keeps what subgraphs have answered. */
import type { ClientHeaders } from '../data-source/data-source.ts';
import type { Send } from './plan/wave.ts';

export interface KeepingRequest<Context> {
  readonly context: Context;
  readonly headers: ClientHeaders | undefined;
  readonly operation: 'query' | 'mutation' | 'subscription';
  /** Names of the client's headers that a subgraph sees. */
  propagated(subgraph: string): readonly string[];
}

/** Of one request. */
export interface RequestAnswers {
  /** Answers what it can, and sends the rest. */
  through(send: Send): Send;
  /** Awaited before the answer goes out, whatever became of it. Never rejects. */
  finish(): Promise<void>;
}

/** Made once per supergraph. */
export type AnswerKeeping<Context> = (supergraphSdl: string) => {
  /** Undefined: what this request is answered with comes from subgraphs alone, and is not kept. */
  begin(request: KeepingRequest<Context>): RequestAnswers | undefined;
};
