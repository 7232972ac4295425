/** Changes of what is taken for the arguments of directives that clients write into operations. graphql-js compares their names only. */
import { type GraphQLSchema, isNonNullType } from 'graphql';
import { isLessNull } from './safe-changes.ts';
import type { SchemaUse } from './schema-use.ts';

export interface DirectiveChange {
  readonly criticality: 'breaking';
  readonly kind: 'ARG_CHANGED_KIND';
  readonly description: string;
  isFelt(use: SchemaUse): boolean;
}

/** Their defaults are among all others. */
export function findDirectiveChanges(
  before: GraphQLSchema,
  after: GraphQLSchema,
): readonly DirectiveChange[] {
  return before.getDirectives().flatMap(({ name, args }) =>
    args.flatMap((argument): DirectiveChange[] => {
      const next = after.getDirective(name)?.args.find((each) => each.name === argument.name);
      if (next === undefined) return [];
      const [was, is] = [argument.type, next.type];
      if (String(was) === String(is) || isLessNull(was, is)) return [];
      const coordinate = `@${name}(${argument.name}:)`;
      // Nothing changes for who sends a value, nor for who leaves out what has a default.
      const isOnlyRequired = isNonNullType(is) && String(is.ofType) === String(was);
      return [
        {
          criticality: 'breaking',
          kind: 'ARG_CHANGED_KIND',
          description: `@${name} arg ${argument.name} has changed type from ${was} to ${is}.`,
          isFelt: ({ arguments: sent, leftOut, nullable }) =>
            isOnlyRequired
              ? nullable.has(coordinate) || (leftOut.has(coordinate) && next.defaultValue === undefined)
              : sent.has(coordinate),
        },
      ];
    }),
  );
}
