/** One evaluation of retrieval models: data, filters, protocol, training, measuring. */
import { availableParallelism } from 'node:os';
import { compareModels, leaveLastOut, meanOverFolds } from '@marquee/training';
import type { Progress } from '../../cli/progress.ts';
import { chooseModels } from './contestants.ts';
import { type DataFilters, type DataSource, loadDataSet } from './data-set.ts';
import type { EvaluationReport } from './evaluation-report.ts';
import { notesOnTime, type ProtocolOptions, splitBy, validationSplit } from './protocol.ts';

export interface RetrievalEvaluation {
  readonly source: DataSource;
  readonly filters: DataFilters;
  readonly protocol: string;
  readonly protocolOptions: ProtocolOptions;
  /** Comma-separated, or `all`; names with `+` between are a blend of those models. */
  readonly models: string;
  readonly assignments: readonly string[];
  /** Chooses the settings of each model that has a search space on a split of the training part, with so many trials at most. */
  readonly tuningTrials?: number;
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
  /** What the bar is about: members of a blend train in turn, some of them again. */
  let current = '';
  const begin = (phase: string, total: number): void => {
    if (phase !== current) progress.phase(phase, total);
    current = phase;
  };
  const limits: string[] = [];
  const training = (model: string, work: 'tuning' | 'training') => ({
    seed,
    threads,
    signal,
    onProgress(done: number, total: number) {
      begin(`${work} ${model}`, total);
      progress.update(done);
    },
    onNote: (text: string) => progress.note?.(text),
    onLimit: (text: string) => limits.push(`${work} ${model}: ${text}`),
  });
  const { contestants, ...chosen } = chooseModels({
    names: evaluation.models,
    assignments: evaluation.assignments,
    training,
    content: () => data.content,
    vectors: () => data.vectors,
    validation: (train) => validationSplit(evaluation.protocol, train, protocolOptions),
    // Only here is a validation made like the test of last interactions.
    ...(evaluation.protocol === 'leave-last-out' ? { validationOf: leaveLastOut } : {}),
    ...(evaluation.tuningTrials === undefined ? {} : { tuningTrials: evaluation.tuningTrials }),
  });
  const data = await loadDataSet(evaluation.source, evaluation.filters, { progress, signal });
  const split = splitBy(evaluation.protocol, data, protocolOptions);
  const comparison = await compareModels(split, contestants, {
    seed,
    signal,
    includeSeen: evaluation.includeSeen,
    maxUsers: evaluation.maxUsers,
    onModel: (name, users) => begin(`ranking with ${name}`, users),
    onProgress: (done) => progress.update(done),
  });
  progress.end();
  const { given: _, ...protocol } = protocolOptions;
  return {
    data: data.description,
    notes: [...data.notes, ...notesOnTime(evaluation.protocol, split), ...limits],
    protocol: evaluation.protocol,
    options: {
      ...protocol,
      ...evaluation.filters,
      includeSeen: evaluation.includeSeen,
      maxUsers: evaluation.maxUsers,
    },
    ...chosen,
    comparison,
  };
}

/**
 * The same on folds one after the other, and their means.
 * @param folds two or more; take the place of the evaluation's source
 * @throws as `evaluateRetrieval`
 */
export async function evaluateFolds(
  evaluation: Omit<RetrievalEvaluation, 'source'>,
  folds: readonly DataSource[],
  { progress, signal }: { readonly progress: Progress; readonly signal: AbortSignal },
): Promise<EvaluationReport> {
  const reports: EvaluationReport[] = [];
  for (const [i, source] of folds.entries()) {
    const named: Progress = {
      ...progress,
      phase: (name, total) => progress.phase(`fold ${i + 1} of ${folds.length}: ${name}`, total),
    };
    reports.push(await evaluateRetrieval({ ...evaluation, source }, { progress: named, signal }));
  }
  const [first, last] = [reports[0]!, reports.at(-1)!];
  return {
    data: `${first.data} to ${last.data}`,
    notes: [],
    protocol: first.protocol,
    options: first.options,
    settings: Object.fromEntries(
      Object.keys(first.settings).map((model) => [
        model,
        shared(reports.map(({ settings }) => settings[model]!)),
      ]),
    ),
    tuning: {},
    blends: {},
    comparison: meanOverFolds(reports.map(({ comparison }) => comparison)),
    folds: reports,
  };
}

/** What all have alike: tuned settings are each fold's own. */
function shared(settings: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const [first, ...others] = settings;
  const alike = Object.entries(first!).filter(([option, value]) =>
    others.every((other) => other[option] === value),
  );
  return Object.fromEntries(alike);
}
