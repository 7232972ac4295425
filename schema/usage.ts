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
