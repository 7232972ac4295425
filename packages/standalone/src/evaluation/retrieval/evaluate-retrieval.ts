/** One evaluation of retrieval models: data, filters, protocol, training, measuring. */
import { availableParallelism } from 'node:os';
import { compareModels } from '@marquee/training';
import type { Progress } from '../../cli/progress.ts';
import { chooseModels } from './contestants.ts';
import { type DataFilters, type DataSource, loadDataSet } from './data-set.ts';
import type { EvaluationReport } from './evaluation-report.ts';
import { type ProtocolOptions, splitBy } from './protocol.ts';

export interface RetrievalEvaluation {
  readonly source: DataSource;
  readonly filters: DataFilters;
  readonly protocol: string;
  readonly protocolOptions: ProtocolOptions;
  /** Comma-separated, or `all`. */
  readonly models: string;
  readonly assignments: readonly string[];
  readonly threads?: number;
  readonly includeSeen: boolean;
  readonly maxUsers: number;
}

/** @throws MarqueeError CONFIG_INVALID for unknown names, BAD_USER_INPUT for data that cannot be evaluated */
export async function evaluateRetrieval(
  evaluation: RetrievalEvaluation,
  { progress, signal }: { readonly progress: Progress; readonly signal: AbortSignal },
): Promise<EvaluationReport> {
  const { protocolOptions, threads = Math.min(8, availableParallelism()) } = evaluation;
  const { seed } = protocolOptions;
  const started = new Set<string>();
  const { contestants, settings } = chooseModels(evaluation.models, evaluation.assignments, (model) => ({
    seed,
    threads,
    signal,
    onProgress(done, total) {
      if (!started.has(model)) progress.phase(`training ${model}`, total);
      started.add(model);
      progress.update(done);
    },
  }));
  const data = await loadDataSet(evaluation.source, evaluation.filters, { progress, signal });
  const split = splitBy(evaluation.protocol, data, protocolOptions);
  const comparison = await compareModels(split, contestants, {
    seed,
    signal,
    includeSeen: evaluation.includeSeen,
    maxUsers: evaluation.maxUsers,
    onModel: (name, users) => progress.phase(`ranking with ${name}`, users),
    onProgress: (done) => progress.update(done),
  });
  progress.end();
  const { given: _, ...protocol } = protocolOptions;
  return {
    data: data.description,
    notes: data.notes,
    protocol: evaluation.protocol,
    options: {
      ...protocol,
      ...evaluation.filters,
      includeSeen: evaluation.includeSeen,
      maxUsers: evaluation.maxUsers,
    },
    settings,
    comparison,
  };
}
