/** Holds partners to their rate limits and cost budgets, and tells them on every answer where they stand. */
import type { Clock } from '@marquee/domain';
import { type Logger, MarqueeError } from '@marquee/service-kit';
import type { FastifyReply } from 'fastify';
import type { Caller } from './callers.ts';
import { type QuotaState, quotaHeaders, takeQuota } from './quotas.ts';
import type { UsageCounter } from './usage-counter.ts';

export interface PartnerLimitsOptions {
  readonly counter: UsageCounter;
  readonly clock: Clock;
  readonly logger: Logger;
}

export class PartnerLimits {
  readonly #options: PartnerLimitsOptions;
  readonly #states = new WeakMap<FastifyReply, readonly QuotaState[]>();

  constructor(options: PartnerLimitsOptions) {
    this.#options = options;
  }

  /** One request. @throws MarqueeError RATE_LIMITED, with the headers set. */
  async takeRequest(caller: Caller, reply: FastifyReply): Promise<void> {
    const { holder } = caller;
    if (holder === undefined) return;
    await this.#take(reply, holder.partner.name, 'requests', holder.partner.rateLimit, 1);
  }

  /**
   * What an operation is estimated to cost, before it runs. Who has no budget pays nothing.
   * @throws MarqueeError RATE_LIMITED, with the headers set.
   */
  async takeCost(caller: Caller, reply: FastifyReply, cost: number): Promise<void> {
    const { holder } = caller;
    const { costBudget, name } = holder?.partner ?? {};
    if (costBudget === undefined || name === undefined) return;
    await this.#take(reply, name, 'cost', costBudget, Math.max(0, Math.ceil(cost)));
  }

  async #take(
    reply: FastifyReply,
    subject: string,
    name: string,
    quota: { readonly limit: number; readonly windowSeconds: number },
    amount: number,
  ): Promise<void> {
    const { counter, clock, logger } = this.#options;
    let state: QuotaState;
    try {
      state = await takeQuota(counter, subject, name, quota, amount, clock.now());
    } catch (error) {
      // A quota protects against too much, and nothing is known of too much: who pays for answers gets them.
      logger.warn({ err: error, partner: subject, quota: name }, 'a quota was not counted');
      return;
    }
    const states = [...(this.#states.get(reply) ?? []), state];
    this.#states.set(reply, states);
    reply.headers(quotaHeaders(states));
    if (!state.exceeded) return;
    const { limit, windowSeconds } = quota;
    throw new MarqueeError(
      'RATE_LIMITED',
      name === 'cost'
        ? `The cost budget of ${limit} in ${windowSeconds} s is used up; wait ${state.resetSeconds} s.`
        : `${limit} requests in ${windowSeconds} s are used up; wait ${state.resetSeconds} s.`,
    );
  }
}
