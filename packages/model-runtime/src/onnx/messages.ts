/** What the main thread and a session's thread say to each other. A thread has one job at a time. */
export interface ModelOutput {
  readonly name: string;
  /** Floats per row. */
  readonly width: number;
}

export type SessionRequest =
  | {
      /** Makes the session and warms it. */
      readonly type: 'open';
      readonly model: Uint8Array;
      readonly input: string;
      readonly columns: number;
      readonly outputs: readonly ModelOutput[];
      readonly warmUpRows: number;
    }
  | { readonly type: 'score'; readonly matrix: Float32Array; readonly rows: number }
  /** Releases the session and ends the thread. */
  | { readonly type: 'close' };

export type SessionReply =
  | { readonly outcome: 'opened' }
  | { readonly outcome: 'scored'; readonly scores: readonly Float32Array[] }
  | { readonly outcome: 'failed'; readonly message: string };
