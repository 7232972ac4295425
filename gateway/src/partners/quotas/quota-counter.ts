/**
 * Who has used how much of a quota: a port, so that several gateways can hold a partner to one limit.
 *
 * Windows are fixed and lie on the counter's own clock, not on that of whoever asks: gateways whose clocks differ still
 * count in the same window. Looking, comparing and counting are one step. In no window is more admitted than the limit
 * that was asked with, however many ask at once; what is refused is not counted, so something smaller may still fit in.
 */
import type { Component } from '@marquee/service-kit';
import type { Quota } from '../partner.ts';

export interface Taking {
  /** Whose quota it is, and of what: `acme:requests`. */
  readonly subject: string;
  readonly quota: Quota;
  /** 0 or more. What does not fit in whole is refused. */
  readonly amount: number;
  /** What was used in this window while nobody could be asked. It is counted in any case, also beyond the limit. */
  readonly owed?: number;
}

export interface Taken {
  readonly admitted: boolean;
  /** In this window, by everybody, with the amount if it was admitted. */
  readonly used: number;
  /** Until the window ends, more than 0. */
  readonly endsInMs: number;
}

export interface QuotaCounter extends Component {
  /** @throws MarqueeError DEPENDENCY_UNAVAILABLE: then it may or may not have been counted. */
  take(taking: Taking): Promise<Taken>;
  /**
   * Says that a gateway counts here, until `ttlMs` from now.
   * @returns how many do, this one among them. @throws MarqueeError DEPENDENCY_UNAVAILABLE
   */
  attend(gateway: string, ttlMs: number): Promise<number>;
  /** @throws MarqueeError DEPENDENCY_UNAVAILABLE */
  leave(gateway: string): Promise<void>;
}
