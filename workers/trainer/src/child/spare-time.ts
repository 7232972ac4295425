/**
 * When a training rests. The lowest priority leaves a busy machine's processors to others, but not their caches, their memory nor the moment
 * it takes to give one back: where there is no time to spare it is better not there at all. It is stopped and continued as
 * a whole (SIGSTOP, SIGCONT), because what computes in it is also libraries that know nothing of rests. Linux only, like
 * the priorities of threads; elsewhere it does not rest.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';

/** Since the machine was started, of all its processors, in ticks. */
export interface ProcessorTime {
  /** At normal priority, the system's own time with it: what runs at a lower one is not in here. */
  readonly busy: number;
  readonly all: number;
}

/** Share of the processors' time at normal priority above which a training rests, and below which it goes on. */
const REST_ABOVE = 0.6;
const GO_ON_BELOW = 0.4;
/**
 * However busy the machine is, a training goes on for one look in so many, so that it ends some day. Clearly less than a hundredth: what is served
 * beside is looked at up to the 99th of a hundred, and who meets a turn is not to be that one.
 */
const LOOKS_PER_TURN = 250;
/** Of what was seen before, in what is taken for the share now. */
const MEMORY = 0.5;

/** Decides, from look to look. Pure but for what it remembers. */
export class SpareTime {
  #last: ProcessorTime | undefined;
  /** Undefined before the first two looks: what is known first is all that is known. */
  #share: number | undefined;
  #rests = false;
  #rested = 0;

  /** @returns whether to rest until the next look. */
  look(now: ProcessorTime): boolean {
    const last = this.#last;
    this.#last = now;
    if (last === undefined || now.all <= last.all) return this.#rests;
    const share = (now.busy - last.busy) / (now.all - last.all);
    const smoothed = this.#share === undefined ? share : MEMORY * this.#share + (1 - MEMORY) * share;
    this.#share = smoothed;
    const limit = this.#rests ? GO_ON_BELOW : REST_ABOVE;
    this.#rested = smoothed > limit ? (this.#rested + 1) % LOOKS_PER_TURN : 0;
    this.#rests = this.#rested > 0;
    return this.#rests;
  }
}

/** @throws the system's error where there is no such file. */
export async function readProcessorTime(path = '/proc/stat'): Promise<ProcessorTime> {
  const [, ...ticks] = (await readFile(path, 'utf8')).split('\n', 1)[0]!.trim().split(/\s+/);
  const [user = 0, nice = 0, system = 0, idle = 0, wait = 0, irq = 0, softirq = 0] = ticks.map(Number);
  const busy = user + system + irq + softirq;
  return { busy, all: busy + nice + idle + wait };
}

export interface RestOptions {
  /** Default: the machine's. */
  readonly processorTime?: () => Promise<ProcessorTime>;
  /** Between two looks. Default 250. */
  readonly everyMs?: number;
}

export interface Resting {
  /** Milliseconds until now. */
  readonly restedMs: number;
  /** Lets the process go on for good. Idempotent. */
  end(): void;
}

/** Has a child process rest where the machine has no time to spare. Whoever waits for it has to call `end`. */
export function restWhereBusy(child: ChildProcess, options: RestOptions = {}): Resting {
  const { processorTime = readProcessorTime, everyMs = 250 } = options;
  const spare = new SpareTime();
  let guard: ChildProcess | undefined;
  let since: number | undefined;
  let restedMs = 0;
  let ended = false;
  const goOn = (): void => {
    if (since === undefined) return;
    restedMs += performance.now() - since;
    since = undefined;
    child.kill('SIGCONT');
  };
  const look = async (): Promise<void> => {
    let rests = false;
    try {
      rests = spare.look(await processorTime());
    } catch {
      end();
    }
    if (ended || child.pid === undefined || child.exitCode !== null) return;
    if (!rests) goOn();
    else if (since === undefined) {
      guard ??= goesOnWithoutUs(child.pid, end);
      since = performance.now();
      child.kill('SIGSTOP');
    }
  };
  const timer = setInterval(() => void look(), everyMs);
  timer.unref();
  // At once: what a training loads before it may rest for the first time is met by whoever is served then.
  void look();
  function end(): void {
    if (ended) return;
    ended = true;
    clearInterval(timer);
    goOn();
    guard?.stdin?.end('over\n');
  }
  return {
    get restedMs() {
      return restedMs + (since === undefined ? 0 : performance.now() - since);
    },
    end,
  };
}

/**
 * A process that is stopped does not learn that whoever stopped it is gone, and would stay for ever, with its memory and its
 * lock. A shell waits for the end of what we hold open towards it, and has the process go on: it ends by itself then.
 * @param onGone where there is no such shell.
 */
function goesOnWithoutUs(pid: number, onGone: () => void): ChildProcess {
  const guard = spawn('/bin/sh', ['-c', 'read over || kill -CONT "$1"', 'sh', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // What ends us from a terminal must not end it first.
    detached: true,
  });
  guard.unref();
  guard.once('error', onGone);
  guard.once('exit', onGone);
  // It may be gone by the time it is told.
  guard.stdin?.on('error', () => undefined);
  return guard;
}
