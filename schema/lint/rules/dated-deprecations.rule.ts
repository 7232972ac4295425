import type { ASTNode, ConstDirectiveNode } from 'graphql';
import { directivesNamed, textArgument } from '../linted-graph.ts';
import type { Complaint, LintRule } from '../rule.ts';

/** `2026-05-01: use releasedIn` */
const REASON = /^(\d{4}-\d{2}-\d{2}): \S.{2,}$/s;

export const datedDeprecations: LintRule = {
  name: 'dated-deprecations',
  summary: 'a deprecation says from which day on it may be gone, and what to use instead',
  *check({ types }) {
    for (const type of types.values()) {
      for (const part of [...type.fields, ...type.inputFields, ...type.values]) {
        const coordinate = `${type.name}.${part.name.value}`;
        yield* undated(coordinate, part);
        for (const argument of 'arguments' in part ? (part.arguments ?? []) : []) {
          yield* undated(`${coordinate}(${argument.name.value}:)`, argument);
        }
      }
    }
  },
};

function* undated(
  coordinate: string,
  node: ASTNode & { readonly directives?: readonly ConstDirectiveNode[] | undefined },
): Generator<Complaint> {
  const [deprecated] = directivesNamed(node, 'deprecated');
  if (deprecated === undefined) return;
  const reason = textArgument(deprecated, 'reason');
  const day = REASON.exec(reason ?? '')?.[1];
  if (day !== undefined && isDay(day)) return;
  yield {
    coordinate,
    node: deprecated,
    message:
      reason === undefined ? 'is deprecated without a reason' : `is deprecated without a day: "${reason}"`,
    hint: 'write @deprecated(reason: "YYYY-MM-DD: use <what>"), the day being the first on which it may be removed',
  };
}

function isDay(text: string): boolean {
  const at = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}
