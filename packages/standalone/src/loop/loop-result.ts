/** What a whole loop did: the report, the tables and the file of figures are made of it. */
import type { LoopDay } from './run-arm.ts';

export interface LoopResult {
  readonly startedAt: string;
  readonly seed: number;
  readonly profiles: number;
  readonly visitsPerDay: number;
  readonly historyDays: number;
  readonly algorithm: string;
  readonly codeVersion: string;
  readonly arms: readonly {
    readonly name: string;
    readonly meaning: string;
    readonly days: readonly LoopDay[];
  }[];
}
