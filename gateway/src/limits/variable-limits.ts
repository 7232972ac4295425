/**
 * How large the variables of one request may be. The bytes of a body are bounded before; a quarter of a megabyte of
 * brackets is deeper than whatever walks it has stack for, and a list costs every coercion of its items. Pure, and it
 * ends where a limit is broken.
 */
import { MarqueeError } from '@marquee/service-kit';

export interface VariableLimits {
  /** Lists and objects inside each other. */
  readonly maxDepth: number;
  /** Values in all, lists and objects included. */
  readonly maxValues: number;
}

/** The largest list that a client sends is 500 events of some 10 values. */
export const DEFAULT_VARIABLE_LIMITS: VariableLimits = { maxDepth: 32, maxValues: 20_000 };

/**
 * @param sent with a request: an object, or the text of one in a query string. What is neither is for others to refuse.
 * @throws MarqueeError OPERATION_TOO_LARGE.
 */
export function admitVariables(sent: unknown, limits: VariableLimits = DEFAULT_VARIABLE_LIMITS): void {
  const refusal = brokenVariableLimit(typeof sent === 'string' ? parsed(sent) : sent, limits);
  if (refusal !== undefined) throw new MarqueeError('OPERATION_TOO_LARGE', refusal);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The limit that is broken, in words for the client. */
export function brokenVariableLimit(variables: unknown, limits: VariableLimits): string | undefined {
  let level: unknown[] = [variables];
  let values = 0;
  // Level by level instead of by recursion.
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > limits.maxDepth) return `The variables are nested deeper than ${limits.maxDepth} levels.`;
    const below: unknown[] = [];
    for (const value of level) {
      if (typeof value !== 'object' || value === null) continue;
      const inside = Array.isArray(value) ? value : Object.values(value);
      values += inside.length;
      if (values > limits.maxValues) return `The variables hold more than ${limits.maxValues} values.`;
      // Spreading a list this long as arguments would overflow the stack.
      for (const each of inside) if (typeof each === 'object' && each !== null) below.push(each);
    }
    level = below;
  }
  return undefined;
}
