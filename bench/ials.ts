/**
 * iALS on generated interactions: seconds per iteration and operations per second, against the peak of its own inner
 * kernel (sums of outer products of vectors that lie one after the other, on the same threads, before and after in the
 * same run).
 * Popular items are much more popular, and users differ, as in life.
 *
 *   node bench/ials.ts [--interactions 10000000] [--users 100000] [--items 20000] [--dimensions 64] [--threads 2] [--iterations 3]
 *
 * Operations are the useful ones, additions and multiplications: d (d + 1) for the upper triangle of one vector's
 * outer product, d³ / 3 + 2 d² for the solution of one row.
 */
import { parseArgs } from 'node:util';
import { createRandom } from '@marquee/domain';
import { factorise, type Interactions, ialsSettings } from '@marquee/training';
import { createKernelPool } from '../packages/training/src/kernels/kernel-pool.ts';
import { createMemoryPlan, floats } from '../packages/training/src/kernels/memory-plan.ts';
import { solverScratch } from '../packages/training/src/models/ials/factorise.ts';
import { median } from './closed-loop.ts';

const { values: options } = parseArgs({
  options: {
    interactions: { type: 'string', default: '10000000' },
    users: { type: 'string', default: '100000' },
    items: { type: 'string', default: '20000' },
    dimensions: { type: 'string', default: '64' },
    threads: { type: 'string', default: '2' },
    iterations: { type: 'string', default: '3' },
  },
});
const INTERACTIONS = Number(options.interactions);
const USERS = Number(options.users);
const ITEMS = Number(options.items);
const DIMENSIONS = Number(options.dimensions);
const THREADS = Number(options.threads);
const ITERATIONS = Number(options.iterations);
const PEAK_ROWS = 262_144;
const PEAK_ROWS_PER_CHUNK = 4_096;
const PEAK_RUNS = 9;

function generate(): Interactions {
  const random = createRandom(1);
  // Shares of users between a third and three times the mean.
  const shares = Float64Array.from({ length: USERS }, () => 3 ** (2 * random.next() - 1));
  const total = shares.reduce((sum, share) => sum + share, 0);
  const start = new Uint32Array(USERS + 1);
  const item = new Uint32Array(INTERACTIONS + USERS);
  const takenBy = new Int32Array(ITEMS).fill(-1);
  let count = 0;
  for (let user = 0; user < USERS; user++) {
    const wanted = Math.min(ITEMS / 2, Math.round((INTERACTIONS * shares[user]!) / total));
    for (let own = 0; own < wanted; ) {
      const drawn = Math.floor(ITEMS * random.next() ** 3);
      if (takenBy[drawn] === user) continue;
      takenBy[drawn] = user;
      item[count++] = drawn;
      own++;
    }
    start[user + 1] = count;
  }
  return {
    users: Array.from({ length: USERS }, (_, i) => `u${i}`),
    items: Array.from({ length: ITEMS }, (_, i) => `i${i}`),
    start,
    item: item.subarray(0, count),
    rating: new Float32Array(count),
    at: new Float64Array(count),
  };
}

interface Speed {
  /** Operations per second of the clock, all threads together. */
  readonly clock: number;
  /** Operations per second that a thread was running: what is left of it when others use the machine too. */
  readonly busy: number;
}

/** A stopwatch for both. */
function stopwatch(): () => { readonly seconds: number; readonly busySeconds: number } {
  const cpu = process.cpuUsage();
  const startedAt = performance.now();
  return () => {
    const used = process.cpuUsage(cpu);
    return { seconds: (performance.now() - startedAt) / 1_000, busySeconds: (used.user + used.system) / 1e6 };
  };
}

/** The inner kernel alone, over vectors in the order of memory: medians of some runs. */
async function peak(): Promise<Speed> {
  const plan = createMemoryPlan();
  const vectors = plan.region(4 * PEAK_ROWS * DIMENSIONS);
  const parts = plan.region((4 * DIMENSIONS * DIMENSIONS * PEAK_ROWS) / PEAK_ROWS_PER_CHUNK);
  const scratch = Array.from({ length: THREADS }, () => plan.region(solverScratch(DIMENSIONS)).at);
  const memory = plan.allocate('measuring the peak');
  floats(memory, vectors).fill(0.5);
  const pool = createKernelPool({ memory, scratch });
  const rows = [PEAK_ROWS_PER_CHUNK, PEAK_ROWS, DIMENSIONS];
  try {
    const times = [];
    for (let run = 0; run <= PEAK_RUNS; run++) {
      const elapsed = stopwatch();
      await pool.run('gramChunk', PEAK_ROWS / PEAK_ROWS_PER_CHUNK, ...rows, vectors.at, parts.at);
      // The first one starts the threads.
      if (run > 0) times.push(elapsed());
    }
    return speed(PEAK_ROWS * DIMENSIONS * (DIMENSIONS + 1), times);
  } finally {
    await pool.close();
  }
}

function speed(operations: number, times: readonly { seconds: number; busySeconds: number }[]): Speed {
  return {
    clock: operations / median(times.map(({ seconds }) => seconds)),
    busy: operations / median(times.map(({ busySeconds }) => busySeconds)),
  };
}

const print = (line: string): boolean => process.stdout.write(`${line}\n`);
const giga = (operations: number): string => `${(operations / 1e9).toFixed(1)} GFLOP/s`;

const interactions = generate();
const settings = ialsSettings(
  { dimensions: DIMENSIONS, iterations: ITERATIONS + 1 },
  { users: USERS, items: ITEMS },
);
print(
  `${interactions.item.length.toLocaleString('en-GB')} interactions, ${USERS.toLocaleString('en-GB')} users, ${ITEMS.toLocaleString('en-GB')} items, d = ${DIMENSIONS}, ${THREADS} threads`,
);
const before = await peak();
const times: { seconds: number; busySeconds: number }[] = [];
let elapsed = stopwatch();
await factorise(interactions, settings, {
  seed: 1,
  threads: THREADS,
  onProgress(done) {
    // The first iteration includes filling the memory and starting the threads.
    if (done > 1) times.push(elapsed());
    elapsed = stopwatch();
  },
});
const after = await peak();
const d = DIMENSIONS;
const rows = USERS + ITEMS;
const operations = (2 * interactions.item.length + rows) * d * (d + 1) + rows * (d ** 3 / 3 + 2 * d * d);
const achieved = speed(operations, times);
const share = (value: number, first: number, second: number): string =>
  `${((200 * value) / (first + second)).toFixed(0)} % of the peak`;
print(`peak of the kernel   ${giga(before.clock)} before, ${giga(after.clock)} after`);
print(`  per busy thread    ${giga(before.busy)} before, ${giga(after.busy)} after`);
print(`iteration            ${(operations / achieved.clock).toFixed(2)} s, median of ${times.length}`);
print(`  by the clock       ${giga(achieved.clock)}, ${share(achieved.clock, before.clock, after.clock)}`);
print(`  per busy thread    ${giga(achieved.busy)}, ${share(achieved.busy, before.busy, after.busy)}`);
print(
  `memory               ${((process.resourceUsage().maxRSS * 1_024) / 1e9).toFixed(2)} GB resident at most`,
);
