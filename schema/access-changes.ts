/**
 * What callers must be allowed (`@authenticated`, `@requiresScopes`, `@policy`), from one supergraph to the next. No API schema
 * shows it, and whoever is not allowed gets null and an error where there was an answer.
 */
import { type DocumentNode, type GraphQLSchema, isInterfaceType, isObjectType } from 'graphql';
import { accessRules } from '../gateway/src/authorization/access-rules.ts';
import { type Clause, implies } from '../gateway/src/authorization/clause.ts';

export interface AccessChange {
  readonly criticality: 'breaking' | 'safe';
  readonly kind: 'ACCESS_NARROWED' | 'ACCESS_WIDENED';
  readonly description: string;
  /** `Type.field`. */
  readonly coordinate: string;
}

/** @param api what clients see before. @param before and @param after supergraphs. */
export function findAccessChanges(
  api: GraphQLSchema,
  before: DocumentNode,
  after: DocumentNode,
): readonly AccessChange[] {
  const [was, is] = [accessRules(before), accessRules(after)];
  if (was.isEmpty && is.isEmpty) return [];
  return Object.values(api.getTypeMap()).flatMap((type): AccessChange[] => {
    if (type.name.startsWith('__') || !(isObjectType(type) || isInterfaceType(type))) return [];
    return Object.keys(type.getFields()).flatMap((field): AccessChange[] => {
      const coordinate = `${type.name}.${field}`;
      const [old, now] = [was.ruleFor(type.name, field), is.ruleFor(type.name, field)];
      const more = now.filter((clause) => !implies(old, clause));
      if (more.length > 0) {
        const description = `${coordinate} needs ${more.map(words).join(' and ')} now.`;
        return [{ criticality: 'breaking', kind: 'ACCESS_NARROWED', description, coordinate }];
      }
      const less = old.filter((clause) => !implies(now, clause));
      if (less.length === 0) return [];
      const description = `${coordinate} does not need ${less.map(words).join(' and ')} any more.`;
      return [{ criticality: 'safe', kind: 'ACCESS_WIDENED', description, coordinate }];
    });
  });
}

function words({ kind, anyOf }: Clause): string {
  if (kind === 'authenticated') return 'somebody who is known';
  return `${kind} ${anyOf.map((names) => names.join(' + ')).join(' or ')}`;
}
