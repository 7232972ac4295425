/**
 * What is different in a supergraph from the one before, as far as plans go. Most changes add a field, a type, an enum
 * value, or take one away that nobody asks for: an operation that names nothing of it is planned as it was before
 * (decision 0079), and whatever was made of it is kept. Of every other change it is said that anything may be different.
 */
import { type DefinitionNode, type DocumentNode, visit } from 'graphql';
import { DefinitionChanges } from './definition-changes.ts';
import { linkedDirectiveName } from './linked-directives.ts';
import { machineFields } from './machine-fields.ts';
import { conditionOn, namesThatReach } from './type-reach.ts';

/** Absent: anything may be different. */
export interface SupergraphChange {
  /** What operations select by that is not what it was: names of fields, of whichever types, and conditions as `on Type`. */
  readonly names: ReadonlySet<string>;
  /** Clients can see some of it; the rest is `@inaccessible`, as most of a graph is in a variant for partners. */
  readonly isVisible: boolean;
}

/** @param before @param after without locations. @returns undefined where more differs than what operations have to name. */
export function changeBetween(before: DocumentNode, after: DocumentNode): SupergraphChange | undefined {
  const [old, next] = [definitionsOf(before), definitionsOf(after)];
  if (old === undefined || next === undefined) return undefined;
  const changes = new DefinitionChanges(linkedDirectiveName(after, 'inaccessible', 'inaccessible'));
  for (const key of new Set([...old.keys(), ...next.keys()])) {
    const [one, other] = [old.get(key), next.get(key)];
    const isKnown =
      one && other ? changes.between(one, other) : changes.ofOneSide((one ?? other) as DefinitionNode);
    if (!isKnown) return undefined;
  }
  const { fields, types, isVisible } = changes;
  const reaching = namesThatReach(types, [before, after]);
  if (reaching === undefined) return undefined;
  const names = new Set([...fields, ...reaching]);
  // What keys and requirements name, subgraphs are asked for beside what clients select.
  const machine = [...machineFields(before), ...machineFields(after)];
  return machine.some((name) => names.has(name)) ? undefined : { names, isVisible };
}

/** @returns undefined where two definitions have one name, or an extension is among them: a supergraph has neither. */
function definitionsOf({ definitions }: DocumentNode): Map<string, DefinitionNode> | undefined {
  const byName = new Map<string, DefinitionNode>();
  for (const definition of definitions) {
    const name = 'name' in definition ? definition.name?.value : undefined;
    byName.set(`${definition.kind} ${name ?? ''}`, definition);
  }
  return byName.size === definitions.length ? byName : undefined;
}

/**
 * Whether an operation's plans and shapes are after the change what they were before. Not where it asks for the schema
 * itself, which is another.
 * @param names that it selects by. It was valid over the supergraph before; then it is over this one too.
 */
export function isUntouched(
  names: ReadonlySet<string>,
  change: Pick<SupergraphChange, 'names'> | undefined,
): boolean {
  if (change === undefined || names.has('__schema') || names.has('__type')) return false;
  for (const name of names) if (change.names.has(name)) return false;
  return true;
}

const namesByDocument = new WeakMap<DocumentNode, ReadonlySet<string>>();

/**
 * What a document selects by, anywhere: fields by their own names, and conditions as `on Type`. Found once for each document.
 */
export function selectedNames(document: DocumentNode): ReadonlySet<string> {
  const known = namesByDocument.get(document);
  if (known !== undefined) return known;
  const names = new Set<string>();
  visit(document, {
    Field: ({ name }) => {
      names.add(name.value);
    },
    InlineFragment: ({ typeCondition }) => {
      if (typeCondition !== undefined) names.add(conditionOn(typeCondition.name.value));
    },
    FragmentDefinition: ({ typeCondition }) => {
      names.add(conditionOn(typeCondition.name.value));
    },
  });
  namesByDocument.set(document, names);
  return names;
}
