/** What `npm run models` prints for people. Pure. */
import type { GateReport, GateResult, RecordedMove } from '@marquee/model-registry';
import { markdownTable } from '../evaluation/markdown-table.ts';
import type { VersionSummary } from './version-summary.ts';

export function versionsTable(versions: readonly VersionSummary[]): string {
  if (versions.length === 0) return '(no models)';
  return markdownTable(
    ['version', 'stage', 'since', 'trained up to', 'ndcg@10', 'remarks'],
    versions.map(({ version, stage, since, trainedTo, metrics, remarks }) => [
      version,
      stage,
      minute(since),
      minute(trainedTo),
      metrics.ndcg10?.toFixed(4) ?? '',
      remarks.join('; '),
    ]),
  );
}

export function movesTable(moves: readonly RecordedMove[]): string {
  if (moves.length === 0) return '(no moves)';
  return markdownTable(
    ['no.', 'when (UTC)', 'move', 'version', 'from', 'to', 'by', 'why'],
    moves.map(({ revision, at, kind, version, from, to, by, why, forced, displaced }) => [
      String(revision),
      minute(at),
      forced ? `${kind} --force` : kind,
      version,
      from ?? '',
      displaced === null ? to : `${to}, for ${displaced}`,
      by,
      why,
    ]),
  );
}

export function reportText({ comparedWith, holdout, gates, passed }: GateReport, version: string): string {
  const width = Math.max(...gates.map(({ gate }) => gate.length));
  const lines = gates.map(
    ({ gate, passed, reason }) => `  ${passed ? 'passed' : 'FAILED'}  ${gate.padEnd(width)}  ${reason}`,
  );
  const against = comparedWith === null ? 'with nothing in production' : `against ${comparedWith}`;
  const failed = gates.filter((gate) => !gate.passed).map(({ gate }) => gate);
  const verdict = passed ? 'All gates passed.' : `Stopped by: ${failed.join(', ')}.`;
  return `${version} ${against}, on holdout set ${holdout}\n\n${lines.join('\n')}\n\n${verdict}`;
}

/** What a move was made on: the gates, the shadow's or the canary's checks. Nothing for moves by hand. */
export function evidenceText({ revision, to, evidence }: RecordedMove): readonly string[] {
  const { gates, checks = gates } = (evidence ?? {}) as Record<
    'gates' | 'checks',
    readonly GateResult[] | undefined
  >;
  if (!Array.isArray(checks) || checks.length === 0) return [];
  const width = Math.max(...checks.map(({ gate }) => gate.length));
  const lines = checks.map(
    ({ gate, passed, reason }) => `  ${passed ? 'passed' : 'FAILED'}  ${gate.padEnd(width)}  ${reason}`,
  );
  return [`Move ${revision}, to ${to}:\n${lines.join('\n')}`];
}

function minute(instant: string | undefined): string {
  return instant === undefined ? '' : instant.slice(0, 16).replace('T', ' ');
}
