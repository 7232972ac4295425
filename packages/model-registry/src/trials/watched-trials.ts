/** What is tried out, for processes that load no models and still have to know who is served by a canary. */
import { type Component, READY } from '@marquee/service-kit';
import { NO_TRIALS, parseTrials, type Trials } from './trials.ts';

export interface WatchedTrials extends Component {
  /** Nothing until told. */
  current(): Trials;
}

/** @param watch calls `onChange` with the text that is broadcast under TRIALS_KEY now and with every later one; returns how to stop */
export function watchedTrials(watch: (onChange: (text: string) => void) => () => void): WatchedTrials {
  let trials = NO_TRIALS;
  let stopWatching: (() => void) | undefined;
  return {
    name: 'trials',
    current: () => trials,
    async start() {
      stopWatching ??= watch((text) => {
        trials = parseTrials(text);
      });
    },
    async stop() {
      stopWatching?.();
      stopWatching = undefined;
    },
    readiness: () => READY,
  };
}
