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
   * @param reply whose headers say where the partner stands. Absent: it has them already.
   * @throws MarqueeError RATE_LIMITED; COST_ESTIMATED_TOO_EXPENSIVE for what fits into no window, and takes nothing.
   */
  async takeCost(caller: Caller, cost: number, reply?: FastifyReply): Promise<void> {
    const { holder } = caller;
    const { costBudget, name } = holder?.partner ?? {};
    if (costBudget === undefined || name === undefined) return;
    const amount = Math.max(0, Math.ceil(cost));
    const { limit, windowSeconds } = costBudget;
    // Nobody is told to wait for what will not come.
    if (amount > limit) {
      throw new MarqueeError(
        'COST_ESTIMATED_TOO_EXPENSIVE',
        `The operation is estimated to cost ${amount}; the whole cost budget is ${limit} in ${windowSeconds} s.`,
      );
    }
    await this.#take(reply, name, 'cost', costBudget, amount);
  }

  async #take(
    reply: FastifyReply | undefined,
    subject: string,
    name: string,
    quota: Quota,
    amount: number,
  ): Promise<void> {
    const state = await this.#quotas.take(subject, name, quota, amount);
    if (reply !== undefined) this.#tell(reply, state);
    if (!state.exceeded) return;
    const { limit, windowSeconds } = quota;
    throw new MarqueeError(
      'RATE_LIMITED',
      name === 'cost'
        ? `Of the cost budget of ${limit} in ${windowSeconds} s ${state.remaining} are left, the operation costs ${amount}; wait ${state.resetSeconds} s.`
        : `${limit} requests in ${windowSeconds} s are used up; wait ${state.resetSeconds} s.`,
    );
  }

  #tell(reply: FastifyReply, state: QuotaState): void {
    const states = [...(this.#states.get(reply) ?? []), state];
    this.#states.set(reply, states);
    reply.headers(quotaHeaders(states));
  }
}
