/** The columns of a training set's Parquet file, with what each means: the manifest repeats them. */
import {
  BOOLEAN,
  DOUBLE,
  type DuckDBType,
  type DuckDBValue,
  FLOAT,
  INTEGER,
  LIST,
  listValue,
  TIMESTAMP,
  timestampValue,
  VARCHAR,
} from '@duckdb/node-api';
import { DAY_MS } from '@marquee/domain';
import { RANKING_COLUMNS } from '@marquee/features';
import { type Example, NOTHING_HAPPENED, type Split } from '../example.ts';

/** Before the names of the ranker's columns. */
export const FEATURE_PREFIX = 'x_';

export interface ExampleContext {
  readonly split: Split;
  /** Instant that ages are counted from: the last decision's. */
  readonly end: number;
}

export interface ExampleColumn {
  readonly name: string;
  readonly type: DuckDBType;
  readonly meaning: string;
  of(example: Example, context: ExampleContext): DuckDBValue;
}

const outcomeOf = ({ kind, decision }: Example) =>
  kind === 'random-negative' ? NOTHING_HAPPENED : decision.outcome;
/** A random negative was at no place of a page. */
const slateOf = ({ kind, decision }: Example) => (kind === 'random-negative' ? undefined : decision.slate);
const instant = (at: number): DuckDBValue => timestampValue(BigInt(Math.round(at)) * 1_000n);

const ENVELOPE: readonly ExampleColumn[] = [
  column('example_id', VARCHAR, "the decision's event, with ~title for a random negative", ({ id }) => id),
  column(
    'group_id',
    VARCHAR,
    'a qualified watch and its random negatives share it',
    ({ groupId }) => groupId,
  ),
  column('kind', VARCHAR, 'shown, played (without having been shown) or random-negative', ({ kind }) => kind),
  column('split', VARCHAR, 'train, validation or test, by time', (_, { split }) => split),
  column('profile_id', VARCHAR, 'who decided', ({ decision }) => decision.profileId),
  column('title_id', VARCHAR, 'what it is about', ({ titleId }) => titleId),
  column('decided_at', TIMESTAMP, 'when it was seen, or first played', ({ decision }) =>
    instant(decision.decidedAt),
  ),
  column(
    'age_days',
    DOUBLE,
    "days before the set's last decision",
    ({ decision }, { end }) => (end - decision.decidedAt) / DAY_MS,
  ),
  column('played', BOOLEAN, 'any play within the attribution window', (e) => outcomeOf(e).played),
  column('qualified', BOOLEAN, 'watched for more than 2 minutes', (e) => outcomeOf(e).qualified),
  column('watch_seconds', DOUBLE, 'most seconds in one playback', (e) => outcomeOf(e).watchSeconds),
  column('abandoned', BOOLEAN, 'stopped within 5 minutes of a longer title', (e) => outcomeOf(e).abandoned),
  column('reaction', VARCHAR, 'the last one within the window', (e) => outcomeOf(e).reaction ?? null),
  column('hidden', BOOLEAN, 'hidden within the window', (e) => outcomeOf(e).hidden),
  column('slate_id', VARCHAR, 'NULL outside of slates', (e) => slateOf(e)?.id || null),
  column('surface', VARCHAR, 'home, watch-next or more-like-this', (e) => slateOf(e)?.surface || null),
  column('row_kind', VARCHAR, 'of the row it was in', (e) => slateOf(e)?.rowKind ?? null),
  column('row', INTEGER, 'from 0', (e) => slateOf(e)?.row ?? null),
  column('position', INTEGER, 'in its row, from 0', (e) => slateOf(e)?.position ?? null),
  column('propensity', DOUBLE, 'with which the policy put it there', (e) => slateOf(e)?.propensity ?? null),
  column('sources', LIST(VARCHAR), 'candidate sources that proposed it', (e) =>
    listValue([...(slateOf(e)?.sources ?? [])]),
  ),
  column('model_version', VARCHAR, 'that ranked the slate', (e) => slateOf(e)?.modelVersion ?? null),
  column('assignments', VARCHAR, 'experiment to variant, as JSON', (e) => slateOf(e)?.assignments ?? null),
  column('feature_origin', VARCHAR, 'logged with the slate, or replay', ({ origin }) => origin),
  column('features_at', TIMESTAMP, 'instant of the feature values', ({ featuresAt }) => instant(featuresAt)),
];

export const EXAMPLE_COLUMNS: readonly ExampleColumn[] = [
  ...ENVELOPE,
  ...RANKING_COLUMNS.map((name, i) =>
    column(`${FEATURE_PREFIX}${name}`, FLOAT, "the ranker's column", ({ features }) => features[i]!),
  ),
];

function column(name: string, type: DuckDBType, meaning: string, of: ExampleColumn['of']): ExampleColumn {
  return { name, type, meaning, of };
}
