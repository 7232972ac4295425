import fc from 'fast-check';
import { parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { AdmissionControl, type Applicant, type Permit } from './admission-control.ts';
import { ConcurrencyLimit, DEFAULT_LIMIT_SETTINGS } from './concurrency-limit.ts';
import { operationCriticalities, worthOf } from './criticality.ts';
import { DocumentTime, ServiceTime } from './service-time.ts';
import { BROWSE, CRITICAL, type Criticality, PREFETCH, WaitingLine } from './waiting-line.ts';

const LIMIT = { ...DEFAULT_LIMIT_SETTINGS, min: 2, max: 64 };
const LINE = { limit: 64, maxWaitMs: 2_000, targetMs: 20, intervalMs: 100 };

function control(limit = LIMIT, line = LINE): AdmissionControl {
  return new AdmissionControl(new ConcurrencyLimit(limit), new WaitingLine<Applicant>(line));
}

describe('the concurrency limit', () => {
  const samples = fc.array(
    fc.record({ ratio: fc.double({ min: 0, max: 1e6 }), inFlight: fc.nat(200), after: fc.nat(300) }),
    { maxLength: 400 },
  );

  it('stays between its bounds, whatever it is told', () => {
    fc.assert(
      fc.property(samples, (observed) => {
        const limit = new ConcurrencyLimit(LIMIT);
        let now = 0;
        for (const { ratio, inFlight, after } of observed) {
          now += after;
          limit.observe(ratio, inFlight, now);
          expect(limit.limit).toBeGreaterThanOrEqual(LIMIT.min);
          expect(limit.limit).toBeLessThanOrEqual(LIMIT.max);
        }
      }),
    );
  });

  const after = (ratio: number, inFlight: (limit: number) => number, limit = new ConcurrencyLimit(LIMIT)) => {
    for (let now = 0; now < 60_000; now += 10) limit.observe(ratio, inFlight(limit.limit), now);
    return limit.limit;
  };

  it('grows to its upper bound while nothing becomes slower', () => {
    expect(after(1, (limit) => limit)).toBe(LIMIT.max);
  });

  it('falls to its lower bound when everything takes ten times as long', () => {
    expect(after(10, (limit) => limit)).toBe(LIMIT.min);
  });

  it('learns nothing from a gateway that has little to do', () => {
    expect(after(1, () => 1)).toBe(LIMIT.initial);
    expect(after(10, () => 1)).toBe(LIMIT.initial);
  });

  it('does not take an operation that is sometimes slow for an overload', () => {
    const limit = new ConcurrencyLimit(LIMIT);
    for (let turn = 0; turn < 6_000; turn++) limit.observe(turn % 3 === 0 ? 20 : 1, limit.limit, turn * 10);
    expect(limit.limit).toBe(LIMIT.max);
  });

  it('settles where requests sharing one processor stop hindering each other', () => {
    const limit = new ConcurrencyLimit(LIMIT);
    for (let now = 0; now < 60_000; now += 10) limit.observe(limit.limit, limit.limit, now);
    expect(limit.limit).toBeGreaterThanOrEqual(2);
    expect(limit.limit).toBeLessThanOrEqual(4);
  });
});

describe('the time of an operation', () => {
  it('stays near the unhindered time under a lasting overload, and follows a real change', () => {
    const time = new ServiceTime();
    for (let i = 0; i < 100; i++) time.observe(10, 'alone');
    let ratio = 0;
    for (let i = 0; i < 200; i++) ratio = time.observe(40, 'crowded');
    expect(ratio).toBeGreaterThan(2);
    for (let i = 0; i < 1_000; i++) ratio = time.observe(40, 'alone');
    expect(ratio).toBeLessThan(1.1);
  });

  it('is judged by all new documents while a document is new: sending ever new ones does not hide an overload', () => {
    const common = new ServiceTime();
    for (let i = 0; i < 50; i++) new DocumentTime(common).observe(5, 'alone');
    expect(new DocumentTime(common).observe(50, 'crowded')).toBeGreaterThan(5);
    const known = new DocumentTime(common);
    for (let i = 0; i < 20; i++) known.observe(100, 'alone');
    expect(known.observe(100, 'alone')).toBeCloseTo(1);
  });
});

/** A server of one processor: what is admitted shares it. Time is simulated. */
class Simulation {
  readonly admission: AdmissionControl;
  readonly latencies: number[] = [];
  readonly refusedAfter: number[] = [];
  readonly refused: Criticality[] = [];
  /** Twenty times a second of the last run. */
  readonly limits: number[] = [];
  now = 0;
  #working: { permit: Permit; left: number; arrived: number }[] = [];
  readonly #time = new ServiceTime();

  constructor(admission = control()) {
    this.admission = admission;
  }

  arrive(serviceMs: number, criticality: Criticality = BROWSE): { outcome?: 'admitted' | 'refused' } {
    const arrived = this.now;
    const seen: { outcome?: 'admitted' | 'refused' } = {};
    this.admission.apply(
      {
        admitted: (permit) => {
          seen.outcome = 'admitted';
          this.#working.push({ permit, left: serviceMs, arrived });
        },
        refused: () => {
          seen.outcome = 'refused';
          this.refusedAfter.push(this.now - arrived);
          this.refused.push(criticality);
        },
      },
      criticality,
      this.now,
    );
    this.admission.look(this.now);
    return seen;
  }

  /** One millisecond of the processor, shared. */
  tick(): void {
    this.now++;
    const share = 1 / Math.max(1, this.#working.length);
    for (const work of this.#working) work.left -= share;
    const done = this.#working.filter(({ left }) => left <= 1e-9);
    this.#working = this.#working.filter(({ left }) => left > 1e-9);
    for (const { permit, arrived } of done) {
      this.latencies.push(this.now - arrived);
      permit.release(this.now, this.#time);
    }
    this.admission.look(this.now);
  }

  run(
    durationMs: number,
    perSecond: number,
    serviceMs: number | (() => number),
    criticality?: () => Criticality,
  ): void {
    let due = 0;
    this.limits.length = 0;
    for (let elapsed = 0; elapsed < durationMs; elapsed++) {
      for (due += perSecond / 1_000; due >= 1; due--) {
        this.arrive(typeof serviceMs === 'number' ? serviceMs : serviceMs(), criticality?.());
      }
      this.tick();
      if (elapsed % 50 === 0) this.limits.push(this.admission.state().limit);
    }
  }

  /** What each wants is read in the millisecond after the one in which it came. */
  runWithDoor(durationMs: number, perSecond: number, serviceMs: number, criticality: () => Criticality) {
    let [due, atDoor, letIn] = [0, 0, 0];
    let coming: Criticality[] = [];
    for (let elapsed = 0; elapsed < durationMs; elapsed++) {
      for (const each of coming.splice(0)) this.arrive(serviceMs, each);
      for (due += perSecond / 1_000; due >= 1; due--) {
        const wanted = criticality();
        if (this.admission.turnsAway(coming.length, this.now)) atDoor++;
        else {
          coming = [...coming, wanted];
          letIn++;
        }
      }
      this.tick();
    }
    return { atDoor, letIn };
  }

  drain(): void {
    for (let i = 0; i < 100_000 && this.#working.length > 0; i++) this.tick();
  }
}

/** Log-normal, as times of pages are. */
function pageTimes(seed: number): () => number {
  let state = seed;
  const uniform = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  return () => 35 * Math.exp(0.47 * Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()));
}

const percentile = (values: readonly number[], p: number): number =>
  [...values].sort((a, b) => a - b)[Math.ceil((p / 100) * values.length) - 1] ?? Number.NaN;

describe('admission', () => {
  it('admits at once whoever comes to an idle gateway', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 200 })), {
          maxLength: 50,
        }),
        (arrivals) => {
          const simulation = new Simulation();
          for (const [pause, serviceMs] of arrivals) {
            for (let i = 0; i < pause + serviceMs; i++) simulation.tick();
            expect(simulation.arrive(serviceMs).outcome).toBe('admitted');
            simulation.drain();
          }
        },
      ),
      { numRuns: 30 },
    );
  });

  it('answers everybody in a burst that drains', () => {
    const simulation = new Simulation();
    const burst = Array.from({ length: 64 }, () => simulation.arrive(10));
    simulation.drain();
    expect(burst.map(({ outcome }) => outcome)).toEqual(burst.map(() => 'admitted'));
  });

  it('decides once for everybody and leaks no permit, whatever happens in which order', () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant('arrive' as const), of: fc.constantFrom(CRITICAL, BROWSE, PREFETCH) }),
      fc.record({ kind: fc.constantFrom('release', 'release twice', 'withdraw', 'look'), of: fc.nat(500) }),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(step, fc.nat(60)), { maxLength: 300 }),
        fc.integer({ min: 0, max: 20 }),
        (steps, lineLimit) => {
          const admission = control({ ...LIMIT, min: 1, initial: 3 }, { ...LINE, limit: lineLimit });
          const waiting = new Set<Applicant>();
          const held: Permit[] = [];
          const time = new ServiceTime();
          let [now, decided, applied, withdrawn] = [0, 0, 0, 0];
          for (const [{ kind, of }, pause] of steps) {
            now += pause;
            if (kind === 'arrive') {
              applied++;
              const applicant: Applicant = {
                admitted: (permit) => {
                  decided++;
                  waiting.delete(applicant);
                  held.push(permit);
                },
                refused: () => {
                  decided++;
                  waiting.delete(applicant);
                },
              };
              waiting.add(applicant);
              admission.apply(applicant, of as Criticality, now);
            } else if (kind === 'withdraw') {
              const [applicant] = waiting;
              if (applicant !== undefined) {
                waiting.delete(applicant);
                withdrawn++;
                admission.withdraw(applicant, now);
              }
            } else if (kind === 'look') admission.look(now);
            else if (held.length > 0) {
              const [permit] = held.splice(of % held.length, 1);
              permit!.release(now, time);
              if (kind === 'release twice') permit!.release(now, time);
            }
            expect(admission.state().inFlight).toBe(held.length);
            expect(admission.state().waiting).toBe(waiting.size);
            expect(decided + withdrawn + waiting.size).toBe(applied);
          }
          while (held.length > 0) held.pop()!.release(now);
          admission.look(now + 10_000);
          while (held.length > 0) held.pop()!.release(now + 10_000);
          expect(admission.state()).toMatchObject({ inFlight: 0, waiting: 0 });
        },
      ),
    );
  });

  it('gets over a change for the slower: what only takes longer is not taken for an overload for ever', () => {
    const simulation = new Simulation(control({ ...LIMIT, max: 16 }));
    for (let i = 0; i < 100; i++) {
      simulation.arrive(10);
      simulation.drain();
    }
    const remote = (perSecond: number, durationMs: number, takesMs: number) => {
      // A part far away: everything takes its time, however much is asked at once.
      const { admission } = simulation;
      const time = new ServiceTime();
      const ends: { at: number; permit: Permit }[] = [];
      let [refusedBefore, due] = [admission.state().refused, 0];
      for (let elapsed = 0; elapsed < durationMs; elapsed++, simulation.now++) {
        const { now } = simulation;
        for (due += perSecond / 1_000; due >= 1; due--) {
          admission.apply(
            {
              admitted: (permit) => ends.push({ at: now + (elapsed < 2_000 ? 10 : takesMs), permit }),
              refused: () => {},
            },
            BROWSE,
            now,
          );
        }
        while (ends.length > 0 && ends[0]!.at <= now) ends.shift()!.permit.release(now, time);
        admission.look(now);
        if (elapsed === durationMs - 5_000) refusedBefore = admission.state().refused;
      }
      return admission.state().refused - refusedBefore;
    };
    expect(remote(100, 60_000, 60)).toBe(0);
  });

  it('keeps the admitted quick at three times the capacity, refuses the rest quickly, and recovers at once', () => {
    const simulation = new Simulation();
    simulation.run(10_000, 50, 10);
    const unloaded = percentile(simulation.latencies, 99);
    expect(simulation.admission.state().refused).toBe(0);
    simulation.latencies.length = 0;

    simulation.run(60_000, 300, 10);
    expect(simulation.admission.state().pressed).toBe(true);
    // The processor was never idle: a hundred a second is all it can do.
    expect(simulation.latencies.length).toBeGreaterThan(0.95 * 6_000);
    expect(percentile(simulation.latencies, 99)).toBeLessThan(unloaded + 4 * 10 + 2 * LINE.targetMs);
    expect(percentile(simulation.refusedAfter, 99)).toBeLessThanOrEqual(LINE.targetMs + 1);

    simulation.drain();
    const { refused } = simulation.admission.state();
    simulation.latencies.length = 0;
    simulation.run(5_000, 50, 10);
    expect(simulation.admission.state()).toMatchObject({ refused, pressed: false });
    expect(percentile(simulation.latencies, 99)).toBe(unloaded);
  });

  it('refuses at the door at twelve times the capacity, so that hardly anybody waits to be refused', () => {
    const simulation = new Simulation();
    simulation.run(10_000, 50, 10, () => CRITICAL);
    simulation.latencies.length = 0;
    const { atDoor, letIn } = simulation.runWithDoor(60_000, 1_200, 10, () => CRITICAL);
    expect(simulation.latencies.length).toBeGreaterThan(0.95 * 6_000);
    expect(percentile(simulation.latencies, 99)).toBeLessThan(4 * 10 + 2 * LINE.targetMs);
    // Those were before the line was known not to drain.
    expect(simulation.refusedAfter.length).toBeLessThan(0.01 * atDoor);
    expect(letIn).toBeLessThan(1.1 * 6_000);

    simulation.drain();
    const after = simulation.runWithDoor(5_000, 50, 10, () => CRITICAL);
    expect(after.atDoor).toBe(0);
  });

  it('keeps the door open for what is critical while only others are too many', () => {
    const simulation = new Simulation();
    let turn = 0;
    const { atDoor } = simulation.runWithDoor(30_000, 1_200, 10, () =>
      turn++ % 24 === 0 ? CRITICAL : BROWSE,
    );
    expect(simulation.admission.state().pressed).toBe(true);
    expect(atDoor).toBe(0);
    // Half of what can be worked on is critical, and is answered but for what comes while others are worked on alone.
    const critical = simulation.refused.filter((criticality) => criticality === CRITICAL).length;
    expect(critical / (turn / 24)).toBeLessThan(0.03);
  });

  it('keeps p99 of the admitted below twice the unloaded one where one at a time is all that helps', () => {
    // Pages that take some 40 ms of one processor, one in a hundred three times as long.
    for (const seed of [1, 2, 3]) {
      const page = pageTimes(seed);
      const simulation = new Simulation(
        control({ ...LIMIT, min: 1 }, { ...LINE, targetMs: 25, intervalMs: 400 }),
      );
      simulation.run(300_000, 0.3 * 25, page, () => CRITICAL);
      const unloaded = percentile(simulation.latencies, 99);
      simulation.latencies.length = 0;
      simulation.run(60_000, 3 * 25, page, () => CRITICAL);
      expect(simulation.latencies.length).toBeGreaterThan(0.9 * 60 * 25);
      expect(percentile(simulation.latencies, 99) / unloaded).toBeLessThan(1.75);
      // The limit is at two for as little as it takes to find out again that one is better.
      expect(simulation.limits.filter((limit) => limit > 1).length / simulation.limits.length).toBeLessThan(
        0.3,
      );

      simulation.drain();
      simulation.latencies.length = 0;
      const { refused } = simulation.admission.state();
      simulation.run(60_000, 0.3 * 25, page, () => CRITICAL);
      expect(simulation.admission.state().refused - refused).toBeLessThan(5);
      expect(percentile(simulation.latencies, 99) / unloaded).toBeLessThan(1.5);
    }
  });

  it('admits under pressure who came last while work held the loop, and nobody who has waited too long', () => {
    const simulation = new Simulation(control({ ...LIMIT, min: 1, initial: 1, max: 1 }));
    simulation.run(10_000, 300, 10);
    expect(simulation.admission.state().pressed).toBe(true);
    // Nothing was looked at while these came.
    const came = simulation.now;
    for (let i = 0; i < 20; i++) simulation.tick();
    const admitted: number[] = [];
    for (const since of [0, 8, 19]) {
      const applicant = { admitted: () => void admitted.push(since), refused: () => undefined };
      simulation.admission.apply(applicant, BROWSE, came + since);
    }
    expect(admitted).toEqual([]);
    simulation.admission.look(simulation.now);
    expect(admitted).toEqual([19]);
  });

  it('goes on knowing what unhindered means under an overload that lasts: the limit does not creep up', () => {
    const simulation = new Simulation();
    simulation.run(10_000, 50, 10);
    simulation.run(600_000, 300, 10);
    expect(simulation.admission.state().limit).toBe(2);
    // Two share the processor, and the newest waits for the end of one.
    expect(percentile(simulation.latencies.slice(-20_000), 99)).toBeLessThanOrEqual(3 * 10);
  });

  it('serves the newest first as soon as somebody has waited beyond the target, and the others after them', () => {
    const line = new WaitingLine<string>(LINE);
    line.join('first', BROWSE, 0);
    line.join('second', BROWSE, 1);
    line.join('third', BROWSE, 15);
    expect(line.next(16)).toBe('first');
    expect(line.next(LINE.targetMs + 10)).toBe('third');
    expect(line.pressed).toBe(false);
    expect(line.next(LINE.targetMs + 11)).toBe('second');
  });

  it('refuses browsing before what is critical, and what is fetched ahead before both', () => {
    const simulation = new Simulation();
    const outcomes: [Criticality, { outcome?: string }][] = [];
    let turn = 0;
    for (let elapsed = 0; elapsed < 20_000; elapsed += 5) {
      const criticality = ([CRITICAL, BROWSE, PREFETCH] as const)[turn++ % 3]!;
      outcomes.push([criticality, simulation.arrive(10, criticality)]);
      for (let i = 0; i < 5; i++) simulation.tick();
    }
    const share = (of: Criticality) => {
      const own = outcomes.filter(([criticality]) => criticality === of);
      return own.filter(([, { outcome }]) => outcome === 'admitted').length / own.length;
    };
    expect(share(CRITICAL)).toBeGreaterThan(0.97);
    expect(share(CRITICAL)).toBeGreaterThan(share(BROWSE));
    expect(share(BROWSE)).toBeGreaterThan(share(PREFETCH));
    expect(share(PREFETCH)).toBeLessThan(0.2);
  });

  it('lets a critical newcomer into a full line of others, and nobody else', () => {
    const line = new WaitingLine<string>({ ...LINE, limit: 2 });
    expect(line.join('browse 1', BROWSE, 0)).toBeUndefined();
    expect(line.join('browse 2', BROWSE, 0)).toBeUndefined();
    expect(line.join('browse 3', BROWSE, 0)).toBe('browse 3');
    expect(line.join('prefetch', PREFETCH, 0)).toBe('prefetch');
    expect(line.join('home', CRITICAL, 0)).toBe('browse 1');
    expect([line.next(1), line.next(1), line.next(1)]).toEqual(['home', 'browse 2', undefined]);
  });
});

describe('criticality', () => {
  const FIELDS = new Set(['home']);
  const of = (document: string, name = '', headers = {}) =>
    worthOf(operationCriticalities(parse(document), FIELDS), name, headers).criticality;

  it.each<[string, Criticality, string?]>([
    ['{ home { slateId } }', CRITICAL],
    ['query Page { x: home { slateId } genres { id } }', CRITICAL],
    ['{ ...Root } fragment Root on Query { ... { home { slateId } } ...Root }', CRITICAL],
    ['mutation { hideTitle(input: {}) { userErrors { code } } }', CRITICAL],
    ['{ titles { nodes { id } } }', BROWSE],
    ['{ title(id: "1") { home } }', BROWSE],
    ['query A { genres { id } } query B { home { slateId } }', CRITICAL, 'B'],
    ['query A { genres { id } } query B { home { slateId } }', BROWSE, 'A'],
  ])('%s', (document, expected, name) => {
    expect(of(document, name)).toBe(expected);
  });

  it('is lowest for what is fetched ahead, and browsing for what cannot be read', () => {
    expect(of('{ home { slateId } }', '', { 'sec-purpose': 'prefetch;prerender' })).toBe(PREFETCH);
    expect(of('{ home { slateId } }', '', { purpose: 'prefetch' })).toBe(PREFETCH);
    expect(worthOf(undefined, '', {})).toEqual({ criticality: BROWSE, isMutation: false });
  });
});
