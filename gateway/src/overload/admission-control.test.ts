import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Applicant, Permit } from './admission-control.ts';
import { ServiceTime } from './service-time.ts';
import { control, LIMIT, LINE, pageTimes, percentile, Simulation } from './test/simulation.ts';
import { BROWSE, CRITICAL, type Criticality, PREFETCH } from './waiting-line.ts';

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

  it('knows an overload soon after it has lasted for an interval, whenever it begins', () => {
    for (let begins = 10_000; begins < 10_100; begins += 5) {
      const simulation = new Simulation();
      simulation.run(begins, 50, 10);
      simulation.run(LINE.intervalMs * 1.5, 300, 10);
      expect([begins, simulation.admission.state().pressed]).toEqual([begins, true]);
    }
  });

  it('knows an overload the sooner the larger it is, so that nobody waits long to be refused', () => {
    const line = { ...LINE, limit: 512, maxWaitMs: 3_000, targetMs: 25, intervalMs: 400, onsetMs: 150 };
    for (const [factor, withinMs] of [
      [3, 250],
      [6, 210],
      [12, 200],
    ] as const) {
      for (let begins = 5_000; begins < 5_050; begins += 7) {
        const simulation = new Simulation(control({ ...LIMIT, min: 1 }, line));
        simulation.run(begins, 0.3 * 25, 40, () => CRITICAL);
        simulation.runWithDoor(2_000, factor * 25, 40, () => CRITICAL);
        expect(Math.max(...simulation.refusedAfter)).toBeLessThanOrEqual(withinMs);
      }
    }
  });

  it('knows it as soon where work holds the loop, so that nothing is looked at while a page is made', () => {
    const line = { ...LINE, limit: 512, maxWaitMs: 3_000, targetMs: 25, intervalMs: 400, onsetMs: 150 };
    for (const [pageMs, withinMs] of [
      [40, 340],
      [90, 480],
    ] as const) {
      const admission = control({ ...LIMIT, min: 1, initial: 1, max: 1 }, line);
      const time = new ServiceTime();
      const waited: number[] = [];
      let [now, permit, due] = [1_000, undefined as Permit | undefined, 1_000];
      for (let pages = 0; pages < 40; pages++) {
        now += pageMs;
        // Three times as many as can be worked on are read when the page is done.
        for (; due <= now; due += pageMs / 3) {
          const since = due;
          admission.apply(
            { admitted: (given) => (permit = given), refused: () => waited.push(now - since) },
            CRITICAL,
            now,
          );
        }
        permit?.release(now, time);
        permit = undefined;
        admission.look(now);
      }
      expect(waited.length).toBeGreaterThan(50);
      expect(Math.max(...waited)).toBeLessThanOrEqual(withinMs);
    }
  });

  it('takes no wave of requests for an overload that has stopped coming before it would be one', () => {
    const line = { ...LINE, limit: 512, maxWaitMs: 3_000, targetMs: 25, intervalMs: 400, onsetMs: 150 };
    const wave = fc.record({
      requests: fc.integer({ min: 1, max: 60 }),
      withinMs: fc.integer({ min: 1, max: 100 }),
      begins: fc.integer({ min: 1_000, max: 1_400 }),
    });
    fc.assert(
      fc.property(wave, ({ requests, withinMs, begins }) => {
        const simulation = new Simulation(control({ ...LIMIT, min: 1 }, line));
        simulation.run(begins, 0.3 * 25, 40, () => CRITICAL);
        let came = 0;
        for (let elapsed = 0; elapsed < withinMs; elapsed++) {
          for (; came < (requests * (elapsed + 1)) / withinMs; came++) simulation.arrive(40, CRITICAL);
          simulation.tick();
        }
        simulation.drain();
        expect([simulation.admission.state().pressed, simulation.refused]).toEqual([false, []]);
      }),
      { numRuns: 60 },
    );
  });

  it('refuses hardly anybody at half of the capacity, however unevenly they come', () => {
    let [state, refused, came] = [7, 0, 0];
    const uniform = (): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return (state + 0.5) / 2 ** 32;
    };
    const line = { ...LINE, limit: 512, maxWaitMs: 3_000, targetMs: 25, intervalMs: 400, onsetMs: 150 };
    for (const seed of [1, 2, 3]) {
      const page = pageTimes(seed);
      const simulation = new Simulation(control({ ...LIMIT, min: 1 }, line));
      let due = 0;
      for (let elapsed = 0; elapsed < 300_000; elapsed++) {
        for (; due <= elapsed; came++) {
          simulation.arrive(page(), CRITICAL);
          due -= (Math.log(uniform()) * 1_000) / (0.5 * 25);
        }
        simulation.tick();
      }
      refused += simulation.admission.state().refused;
    }
    // Waves that last for an interval come by chance, too.
    expect(refused / came).toBeLessThan(0.003);
  });

  it('refuses at the door at twelve times the capacity, so that hardly anybody waits to be refused', () => {
    const simulation = new Simulation();
    simulation.run(10_000, 50, 10, () => CRITICAL);
    simulation.latencies.length = 0;
    const { atDoor, letIn } = simulation.runWithDoor(60_000, 1_200, 10, () => CRITICAL);
    expect(simulation.latencies.length).toBeGreaterThan(0.95 * 6_000);
    expect(percentile(simulation.latencies, 99)).toBeLessThan(4 * 10 + 2 * LINE.targetMs);
    // Those were before the line was known not to drain, or were overtaken by who came last: a new one each time the others have waited for a while.
    expect(simulation.refusedAfter.length).toBeLessThan(0.2 * atDoor);
    expect(letIn).toBeLessThan(3 * 6_000);

    simulation.drain();
    const after = simulation.runWithDoor(5_000, 50, 10, () => CRITICAL);
    expect(after.atDoor).toBe(0);
  });

  it('answers who came last at three times the capacity, and not who waited while a page was made', () => {
    const simulation = new Simulation(control({ ...LIMIT, min: 1, max: 1 }, { ...LINE, targetMs: 25 }));
    simulation.run(10_000, 20, 28, () => CRITICAL);
    simulation.latencies.length = 0;
    simulation.runWithDoor(60_000, 107, 28, () => CRITICAL);
    expect(simulation.latencies.length).toBeGreaterThan(0.95 * (60_000 / 28));
    expect(percentile(simulation.latencies, 50)).toBeLessThan(28 + 10);
    expect(percentile(simulation.latencies, 99)).toBeLessThan(2 * 28);
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
        control({ ...LIMIT, min: 1 }, { ...LINE, targetMs: 25, intervalMs: 400, onsetMs: 150 }),
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
});
