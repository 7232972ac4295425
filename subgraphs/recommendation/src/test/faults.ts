/** A real adapter whose calls can be made to fail, to hang or to take long while a test runs. */
import { MarqueeError } from '@marquee/service-kit';

export type Fault = 'none' | 'rejects' | 'hangs' | 'late';

/** Of an answer that comes late: long beyond an ordinary read's time. */
const LATE_MS = 600;

export interface Faulty<T> {
  readonly port: T;
  fault: Fault;
}

export function faulty<T extends object>(real: T): Faulty<T> {
  const control: { port: T; fault: Fault } = {
    fault: 'none',
    port: new Proxy(real, {
      get(target, key) {
        const value: unknown = Reflect.get(target, key, target);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]) => {
          if (control.fault === 'hangs') return new Promise(() => undefined);
          if (control.fault === 'rejects') {
            return Promise.reject(new MarqueeError('DEPENDENCY_UNAVAILABLE', 'taken away by a test'));
          }
          if (control.fault === 'late') {
            return new Promise((resolve) => setTimeout(resolve, LATE_MS)).then(() =>
              Reflect.apply(value, target, args),
            );
          }
          return Reflect.apply(value, target, args);
        };
      },
    }),
  };
  return control;
}
