/** Holds partners to their rate limits and cost budgets, and tells them on every answer where they stand. */
import { MarqueeError } from '@marquee/service-kit';
import type { FastifyReply } from 'fastify';
import type { Caller } from './callers.ts';
import type { Quota } from './partner.ts';
import { quotaHeaders } from './quotas/quota-headers.ts';
import type { QuotaKeeper, QuotaState } from './quotas/quota-keeper.ts';

export class PartnerLimits {
  readonly #quotas: QuotaKeeper;
  readonly #states = new WeakMap<FastifyReply, readonly QuotaState[]>();

  constructor(quotas: QuotaKeeper) {
    this.#quotas = quotas;
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
    quota: Quota,
    amount: number,
  ): Promise<void> {
    const state = await this.#quotas.take(subject, name, quota, amount);
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
