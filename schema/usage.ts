/** Recorded usage: which clients send which operations, as exported from the gateway's metrics or a registry. */
import { MarqueeError } from '@marquee/service-kit';
import { z } from 'zod';

const usage = z.array(
  z.object({
    /** Name of a trusted document, or of the operation in `document`. */
    operation: z.string().min(1),
    /** Text, for operations that are not among the trusted documents. */
    document: z.string().optional(),
    client: z.string().min(1),
    version: z.string().optional(),
    /** How often it was sent in the time that the file covers. */
    count: z.number().min(0).optional(),
  }),
);

export type Usage = z.infer<typeof usage>;

/** @param text a JSON array. @throws MarqueeError CONFIG_INVALID naming what is wrong. */
export function readUsage(text: string, file: string): Usage {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new MarqueeError('CONFIG_INVALID', { message: `${file} is not JSON`, cause });
  }
  const result = usage.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw new MarqueeError('CONFIG_INVALID', `${file} is no usage file: ${problems.join('; ')}`);
}

/** Clients that did send it, as `name` or `name@version`; what was counted and never sent is in nobody's use. */
export function clientsByOperation(records: Usage): ReadonlyMap<string, readonly string[]> {
  const clients = new Map<string, Set<string>>();
  for (const { operation, client, version, count } of records) {
    if (count === 0) continue;
    const known = clients.get(operation) ?? new Set();
    known.add(version === undefined ? client : `${client}@${version}`);
    clients.set(operation, known);
  }
  return new Map([...clients].map(([operation, names]) => [operation, [...names].sort()]));
}
