/** What the attack table says of each input, as lines of a Markdown document. Pure. */
import type { Attack, Outcome } from '../test/attacks/attack.ts';

export interface AttackRow {
  readonly attack: Attack;
  /** Of each run, at least one. */
  readonly outcomes: readonly Outcome[];
}

/** Whether every run ended as it must. */
export function isRight({ attack, outcomes }: AttackRow): boolean {
  return outcomes.every(({ status, codes, text }) => {
    const { expected } = attack;
    const isExpected = typeof expected === 'string' ? codes === expected : expected({ status, text });
    return isExpected && attack.status.includes(status);
  });
}

/** @param ordinaryMs of a request that is none of these, in the same process. */
export function attackTable(rows: readonly AttackRow[], ordinaryMs: number): string {
  const lines = rows.map((row) => {
    const { attack, outcomes } = row;
    const first = outcomes[0] as Outcome;
    const ms = medianOf(outcomes.map((outcome) => outcome.ms));
    return [
      attack.group,
      attack.name,
      isRight(row) ? 'yes' : 'NO',
      `${first.status}`,
      first.codes === '-' ? 'answered' : first.codes,
      ms.toFixed(1),
      (ms / ordinaryMs).toFixed(1),
      `${medianOf(outcomes.map(({ heapGrowthKiB }) => heapGrowthKiB))}`,
    ];
  });
  return [HEAD, HEAD.map(() => '---'), ...lines]
    .map((cells) => `| ${cells.map(escaped).join(' | ')} |`)
    .join('\n');
}

const HEAD = ['goes for', 'input', 'as it must be', 'status', 'code', 'ms', 'x ordinary', 'heap KiB'];

export function medianOf(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[(values.length - 1) >> 1] ?? Number.NaN;
}

function escaped(cell: string): string {
  return cell.replaceAll('|', '\\|');
}
