/**
 * Set-up of every test file: with `MARQUEE_PROPERTY_SEED` its properties draw the same cases each time, so that a check says something
 * about the change it checks. Without it each run draws others; what one of them finds, fast-check prints with its seed.
 */
const { MARQUEE_PROPERTY_SEED: given } = process.env;
if (given !== undefined) {
  const seed = Number(given);
  if (!/^-?\d+$/.test(given) || seed !== (seed | 0)) {
    throw new Error(`MARQUEE_PROPERTY_SEED must be a whole number of 32 bits, not "${given}".`);
  }
  const { default: fc } = await import('fast-check');
  fc.configureGlobal({ ...fc.readConfigureGlobal(), seed });
}
