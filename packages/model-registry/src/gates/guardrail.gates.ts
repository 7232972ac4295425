/** What must not become worse while the metrics become better. */
import { inputDifferences } from '@marquee/model-runtime';
import { PROMISED_MORE } from '../trials/shadow/base-rate.ts';
import { coverageRatio } from './coverage-ratio.ts';
import { type Gate, verdict } from './gate.ts';

export const featureSchema: Gate = ({ manifest }, { served }) => {
  const differences = inputDifferences(manifest, served);
  return verdict(
    'feature-schema',
    differences.length === 0,
    differences.length === 0 ? 'columns and feature views are those that are served' : differences.join('; '),
  );
};

/** Scores are probabilities, and tell titles apart. */
export const scores: Gate = ({ examination: { unusable, constant } }) => {
  if (unusable > 0) return verdict('scores', false, `${unusable} scores are not probabilities`, { unusable });
  if (constant) return verdict('scores', false, 'every row has the same score', { unusable });
  return verdict('scores', true, 'all are probabilities, and they differ', { unusable });
};

export const calibrationError: Gate = ({ examination }, { production }, { calibrationTolerance }) => {
  const candidate = examination.calibrationError;
  const theirs = production?.examination.calibrationError;
  if (theirs === undefined) {
    return verdict('calibration', true, `error ${candidate.toFixed(4)}; nothing in production to compare`, {
      candidate,
    });
  }
  return verdict(
    'calibration',
    candidate <= theirs + calibrationTolerance,
    `error ${candidate.toFixed(4)}, production ${theirs.toFixed(4)}, at most ${calibrationTolerance} more`,
    { candidate, production: theirs, [PROMISED_MORE]: examination.logOdds - production!.examination.logOdds },
  );
};

/** A loss that chance explains is none: how many titles come first somewhere depends on which few hundred pages are asked about. */
export const coverage: Gate = ({ examination }, { production }, { coverageTolerance, seed, confidence }) => {
  const theirs = production?.examination;
  if (examination.firsts === undefined || theirs?.firsts === undefined) {
    const why =
      examination.firsts === undefined
        ? 'the holdout set names no titles'
        : 'nothing in production to compare';
    return verdict('coverage', true, `not measured: ${why}`);
  }
  const { ratio, lower, upper } = coverageRatio(examination.firsts, theirs.firsts, { seed, confidence });
  const figures = { candidate: examination.coverage!, production: theirs.coverage! };
  const interval = `${percent(confidence)} interval ${percent(lower)} to ${percent(upper)}`;
  return verdict(
    'coverage',
    upper >= 1 - coverageTolerance,
    `${percent(figures.candidate)} of the titles come first somewhere, with production ${percent(figures.production)}: ${percent(ratio)} as many (${interval}), at least ${percent(1 - coverageTolerance)}`,
    { ...figures, ratio, lower, upper },
  );
};

/**
 * Beyond the budget the machine may be what is slow, and production shows whether it is. A model that is slower is slower at the
 * median, too; a tail alone belongs to what else the machine does, as both run the same way.
 */
export const latency: Gate = (candidate, { production }, { latencyBudgetMs, latencyRatio }) => {
  const { p50, p99 } = candidate.latency;
  const theirs = production?.latency;
  const ratio =
    theirs === undefined ? Number.POSITIVE_INFINITY : Math.min(p99 / theirs.p99, p50 / theirs.p50);
  const passed = p99 <= latencyBudgetMs || ratio <= latencyRatio;
  const beside =
    theirs === undefined
      ? ''
      : `, ${(p99 / theirs.p99).toFixed(2)} times production in the same run (median ${(p50 / theirs.p50).toFixed(2)} times)`;
  return verdict(
    'latency',
    passed,
    `p99 ${p99.toFixed(2)} ms for 1,000 rows${beside}; allowed are ${latencyBudgetMs} ms, or ${latencyRatio} times`,
    { p50, p99, ...(theirs !== undefined && { productionP50: theirs.p50, productionP99: theirs.p99 }) },
  );
};

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
