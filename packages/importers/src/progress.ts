/** How far a long import is. */
export interface ImportProgress {
  /** What is being done, for people: "ratings", "titles". */
  readonly phase: string;
  /** Rows, or for files of unknown length bytes, see `unit`. */
  readonly done: number;
  readonly total?: number;
  readonly unit: 'rows' | 'bytes';
}

/** Called a few times per second at most, never after the import has ended. */
export type OnProgress = (progress: ImportProgress) => void;
