/**
 * Fields that are moving from one subgraph to another, `@override(from:, label:)`: for a request each label is either on,
 * then the new subgraph answers, or off, then the former one still does.
 *
 * Apollo Router draws `percent(N)` anew for every request. Here it follows from who asks, so that somebody stays on one side
 * from page to page, and whoever is on the new side stays there as N grows.
 */
import { hash } from 'node:crypto';
import { type DocumentNode, Kind, visit } from 'graphql';
import { argumentOf, requiresOf } from '../supergraph/join-directives.ts';
import type { IsolatedOperation } from './operation.ts';

/** Share of those who ask, in percent; 0 is off, 100 is on. By label; a `percent(N)` label may be named, too. */
export type OverrideShares = Readonly<Record<string, number>>;

export interface OverrideLabels {
  /**
   * Labels that are on for whoever asks, sorted.
   * @param identity the same for requests that are to be answered by the same subgraphs.
   */
  activeFor(identity: string): readonly string[];
  /** Those of the labels that the operation's plan may depend on: plans are kept by these alone. */
  concerning(operation: IsolatedOperation, active: readonly string[]): readonly string[];
}

const PERCENT = /^percent\((\d{1,2}(?:\.\d{1,8})?|100(?:\.0{1,8})?)\)$/;
const NONE: readonly string[] = [];
const BUCKETS = 2 ** 32;

export interface LabelFacts {
  /** Labels by field names. */
  readonly byField: ReadonlyMap<string, ReadonlySet<string>>;
  /** Names of fields that a plan may fetch without having been asked for them. */
  readonly required: ReadonlySet<string>;
}

/** @returns undefined for a supergraph without labels. */
export function labelFacts(supergraph: DocumentNode): LabelFacts | undefined {
  const byField = labelledFields(supergraph);
  return byField.size === 0 ? undefined : { byField, required: requiredNames(supergraph) };
}

/** @param shares of labels that say nothing of themselves: one that is not named is off. */
export function overrideLabels({ byField, required }: LabelFacts, shares: OverrideShares): OverrideLabels {
  const labels = [...new Set([...byField.values()].flatMap((names) => [...names]))].sort();
  const rules = labels.map((label) => ({ label, share: shareOf(label, shares), salt: saltOf(label) }));
  const names = new WeakMap<IsolatedOperation, ReadonlySet<string>>();

  return {
    activeFor(identity) {
      const active = rules.filter(
        ({ share, salt }) => share >= 100 || (share > 0 && percentile(salt, identity) < share),
      );
      return active.length === 0 ? NONE : active.map(({ label }) => label);
    },
    concerning(operation, active) {
      if (active.length === 0) return NONE;
      const selected = names.get(operation) ?? selectedNames(operation.document);
      names.set(operation, selected);
      const concerned = new Set(
        [...byField].flatMap(([field, own]) => (selected.has(field) || required.has(field) ? [...own] : [])),
      );
      return active.filter((label) => concerned.has(label));
    },
  };
}

function shareOf(label: string, shares: OverrideShares): number {
  if (Object.hasOwn(shares, label)) return shares[label] as number;
  const percent = PERCENT.exec(label)?.[1];
  return percent === undefined ? 0 : Number(percent);
}

/** All percentages share one, so that who is among 5 of a hundred is among 25 of them; labels with names have their own. */
function saltOf(label: string): string {
  return PERCENT.test(label) ? 'percent' : label;
}

/** From 0 to 100, evenly. */
function percentile(salt: string, identity: string): number {
  const digest = hash('sha256', `${salt}\n${identity}`, 'buffer');
  return (digest.readUInt32BE(0) / BUCKETS) * 100;
}

/** By a field's name, whatever its type is: an interface's field may be answered by an object's. */
function labelledFields(supergraph: DocumentNode): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  visit(supergraph, {
    FieldDefinition: ({ name, directives }) => {
      for (const directive of directives ?? []) {
        const label = argumentOf(directive, 'overrideLabel')?.value;
        if (directive.name.value !== 'join__field' || label?.kind !== Kind.STRING) continue;
        found.set(name.value, (found.get(name.value) ?? new Set()).add(label.value));
      }
      return false;
    },
  });
  return found;
}

/** Names in any `@requires` and any key: what a plan may fetch without having been asked for it. */
function requiredNames(supergraph: DocumentNode): ReadonlySet<string> {
  const found = new Set<string>();
  visit(supergraph, {
    Directive: (directive) => {
      const key = directive.name.value === 'join__type' ? argumentOf(directive, 'key') : undefined;
      const given = (requiresOf(directive) ?? key)?.value;
      if (given?.kind === Kind.STRING) for (const name of given.value.match(/\w+/g) ?? []) found.add(name);
      for (const { value } of directive.name.value === 'join__field' ? (directive.arguments ?? []) : []) {
        // Selections of contexts, in a list of objects.
        visit(value, {
          StringValue: ({ value: text }) => {
            if (text.includes('{')) for (const name of text.match(/\w+/g) ?? []) found.add(name);
          },
        });
      }
    },
  });
  return found;
}

function selectedNames(document: DocumentNode): ReadonlySet<string> {
  const found = new Set<string>();
  visit(document, { Field: ({ name }) => void found.add(name.value) });
  return found;
}
