import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { temporaryFolder, waitUntil } from '@marquee/testkit';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type ProcessorTime, readProcessorTime, restWhereBusy, SpareTime } from './spare-time.ts';

/** Of looks at a machine that was busy for these shares of its time. */
function rests(shares: readonly number[]): boolean[] {
  const spare = new SpareTime();
  spare.look({ busy: 0, all: 0 });
  let [busy, all] = [0, 0];
  return shares.map((share) => {
    busy += share * 50;
    all += 50;
    return spare.look({ busy, all });
  });
}

describe('a training that takes spare time', () => {
  it('rests soon on a busy machine, and goes on soon after', () => {
    const seen = rests([...Array(4).fill(0.2), ...Array(8).fill(1), ...Array(8).fill(0.1)]);
    expect(seen.slice(0, 5)).not.toContain(true);
    expect(seen.slice(6, 12)).not.toContain(false);
    expect(seen.slice(15)).not.toContain(true);
  });

  it('does not rest for a single burst, nor go on for a single lull', () => {
    expect(rests([0.1, 0.1, 1, 0.1, 0.1])).not.toContain(true);
    expect(rests([...Array(8).fill(1), 0.3, ...Array(8).fill(1)]).slice(4)).not.toContain(false);
  });

  it('goes on at half of the machine as it was: there is no back and forth', () => {
    expect(rests(Array(20).fill(0.5))).not.toContain(true);
    expect(rests([...Array(8).fill(1), ...Array(20).fill(0.5)]).slice(4)).not.toContain(false);
  });

  it('rests from the second look on where it begins on a busy machine', () => {
    expect(rests([1, 1, 1])).toEqual([true, true, true]);
  });

  it('has less than a hundredth of the time however busy the machine is, and all of it where it is idle', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.7, max: 1, noNaN: true }), { minLength: 2_510, maxLength: 2_510 }),
        (shares) => {
          const worked = rests(shares)
            .slice(10)
            .filter((rest) => !rest).length;
          expect(worked).toBeGreaterThanOrEqual(9);
          expect(worked).toBeLessThanOrEqual(11);
        },
      ),
      { numRuns: 20 },
    );
    expect(rests(Array(100).fill(0.3))).not.toContain(true);
  });
});

const state = (pid: number): string | undefined =>
  existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]![0] : undefined;
const isStopped = async (pid: number) => state(pid) === 'T';

/** A machine that is told how busy it is. */
function machine() {
  const told = { busy: true };
  const time = { busy: 0, all: 0 };
  return {
    told,
    processorTime: async (): Promise<ProcessorTime> => {
      time.all += 100;
      if (told.busy) time.busy += 100;
      return { ...time };
    },
  };
}

function sleeper(): ChildProcess & { readonly pid: number } {
  const child = spawn('/bin/sleep', ['60'], { stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child as ChildProcess & { readonly pid: number };
}

describe.runIf(process.platform === 'linux')('a process', () => {
  it('is stopped while the machine is busy, goes on when it is not, and for good at the end', async () => {
    const child = sleeper();
    const { told, processorTime } = machine();
    const resting = restWhereBusy(child, { processorTime, everyMs: 5 });
    onTestFinished(() => resting.end());
    await waitUntil(() => isStopped(child.pid));
    told.busy = false;
    await waitUntil(async () => !(await isStopped(child.pid)));
    const { restedMs } = resting;
    expect(restedMs).toBeGreaterThan(0);
    told.busy = true;
    await waitUntil(() => isStopped(child.pid));
    resting.end();
    await waitUntil(async () => !(await isStopped(child.pid)));
    expect(resting.restedMs).toBeGreaterThan(restedMs);
  });

  it('does not rest where nobody knows how busy the machine is', async () => {
    const child = sleeper();
    let asked = 0;
    const resting = restWhereBusy(child, {
      everyMs: 5,
      processorTime: async () => {
        asked++;
        return readProcessorTime('/proc/no such file');
      },
    });
    onTestFinished(() => resting.end());
    await waitUntil(async () => asked > 0);
    await waitUntil(async () => !(await isStopped(child.pid)));
    expect(resting.restedMs).toBe(0);
  });

  it('goes on when whoever stopped it was killed, and hears of it', { timeout: 60_000 }, async () => {
    const folder = temporaryFolder();
    onTestFinished(folder.remove);
    const script = fileURLToPath(new URL('../test/resting.process.ts', import.meta.url));
    const launcher = spawn(process.execPath, [script, folder.file('heard')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(() => void launcher.kill('SIGKILL'));
    let out = '';
    launcher.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
    });
    await waitUntil(async () => out.includes('\n'), { deadlineMs: 30_000 });
    const pid = Number(out);
    await waitUntil(() => isStopped(pid), { deadlineMs: 30_000 });
    launcher.kill('SIGKILL');
    await waitUntil(async () => existsSync(folder.file('heard')), { deadlineMs: 30_000 });
    await waitUntil(async () => state(pid) === undefined || state(pid) === 'Z', { deadlineMs: 30_000 });
  });
});

describe.runIf(process.platform === 'linux')('the time of the processors', () => {
  it('leaves out what runs at a low priority', async () => {
    const folder = temporaryFolder();
    onTestFinished(folder.remove);
    await writeFile(folder.file('stat'), 'cpu  10 200 30 400 50 6 7 0 0 0\ncpu0 1 2 3 4 5 6 7 0 0 0\n');
    expect(await readProcessorTime(folder.file('stat'))).toEqual({ busy: 53, all: 703 });
  });

  it('goes on', async () => {
    const before = await readProcessorTime();
    await waitUntil(async () => (await readProcessorTime()).all > before.all);
  });
});
