/** What a trainer and its training process say to each other. */
import type { TrainingRequest, TrainingResult } from '../runs/training-run.ts';

export type ToChild =
  | { readonly kind: 'train'; readonly request: TrainingRequest }
  | { readonly kind: 'stop' };

export type FromChild =
  | { readonly kind: 'progress'; readonly phase: string; readonly total?: number; readonly done: number }
  | { readonly kind: 'done'; readonly result: TrainingResult }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string };
