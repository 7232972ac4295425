import { describe, expect, it } from 'vitest';
import type { Component } from './component.ts';
import { silentLogger } from './logging.ts';
import { overallReadiness, startAll, stopAll } from './process.ts';

/** Components that write down what happens to them. */
function recorded(journal: string[], name: string, behaviour: Partial<Component> = {}): Component {
  return {
    name,
    readiness: () => ({ ready: true }),
    ...behaviour,
    start: async () => {
      journal.push(`start ${name}`);
      await behaviour.start?.();
    },
    stop: async () => {
      journal.push(`stop ${name}`);
      await behaviour.stop?.();
    },
  };
}

const fails = () => Promise.reject(new Error('broken'));

describe('the life of a process', () => {
  it('starts in order and stops in reverse', async () => {
    const journal: string[] = [];
    const components = ['store', 'bus', 'worker'].map((name) => recorded(journal, name));
    await startAll(components, silentLogger);
    expect(await stopAll(components, silentLogger, 1_000)).toEqual([]);
    expect(journal).toEqual([
      'start store',
      'start bus',
      'start worker',
      'stop worker',
      'stop bus',
      'stop store',
    ]);
  });

  it('takes down what was up when one fails to start, and tells why', async () => {
    const journal: string[] = [];
    const components = [
      recorded(journal, 'store'),
      recorded(journal, 'bus'),
      recorded(journal, 'worker', { start: fails }),
      recorded(journal, 'never'),
    ];
    await expect(startAll(components, silentLogger)).rejects.toThrow('broken');
    expect(journal).toEqual(['start store', 'start bus', 'start worker', 'stop bus', 'stop store']);
  });

  it('goes on stopping past one that fails and one that hangs, and names both', async () => {
    const journal: string[] = [];
    const components = [
      recorded(journal, 'store'),
      recorded(journal, 'hangs', { stop: () => new Promise(() => {}) }),
      recorded(journal, 'fails', { stop: fails }),
    ];
    expect(await stopAll(components, silentLogger, 20)).toEqual(['fails', 'hangs']);
    expect(journal).toEqual(['stop fails', 'stop hangs', 'stop store']);
  });

  it('is ready when every part is', () => {
    const ready = recorded([], 'store');
    const waiting = recorded([], 'bus', { readiness: () => ({ ready: false, detail: 'not running' }) });
    expect(overallReadiness([ready]).ready).toBe(true);
    expect(overallReadiness([ready, waiting])).toEqual({
      ready: false,
      components: { store: { ready: true }, bus: { ready: false, detail: 'not running' } },
    });
  });

  it('stays ready while something stands in for a part, and says what', () => {
    const ready = recorded([], 'store');
    const away = recorded([], 'ranker', {
      readiness: () => ({ ready: false, detail: 'no model is loaded' }),
    });
    expect(overallReadiness([ready, away], { ranker: 'scores of the sources' })).toEqual({
      ready: true,
      components: {
        store: { ready: true },
        ranker: { ready: false, detail: 'no model is loaded', fallback: 'scores of the sources' },
      },
    });
    expect(overallReadiness([ready], { store: 'nothing to say while it is ready' })).toEqual({
      ready: true,
      components: { store: { ready: true } },
    });
  });
});
