/**
 * Several models as one: a weighted sum of their standardised scores. Linear models, factorisations and models of order make
 * different mistakes, so their sum is nearly always better than the best of them (e.g. Steck 2021, "Deep learning for recommender
 * systems: A Netflix case study", on why ensembles of unlike models pay). Weights are chosen on a split of the training part, for
 * which every member is asked to train a second time; one that has not learned from the split's targets may give the same model.
 */
import { MarqueeError } from '@marquee/service-kit';
import { type Interactions, itemCounts } from '../../interactions/index.ts';
import type { Split } from '../../protocols/index.ts';
import { validationOn } from '../../tuning/validation.ts';
import { createRecommender, requireInteractions } from '../recommender.ts';
import type { RetrievalModel, TrainingOptions } from '../retrieval-model.ts';
import { BlendScores } from './blend-weights.ts';
import { standardise } from './standardise.ts';

export interface BlendMember {
  readonly name: string;
  train(interactions: Interactions): Promise<RetrievalModel>;
}

export interface Blend {
  readonly model: RetrievalModel;
  /** By member, their sum 1. */
  readonly weights: Readonly<Record<string, number>>;
  /** NDCG@10 of the blend on the validation split. */
  readonly ndcg: number;
}

/**
 * @param validation a split of `interactions`
 * @throws MarqueeError BAD_USER_INPUT for fewer than two members, and whatever a member's training throws
 */
export async function trainBlend(
  interactions: Interactions,
  members: readonly BlendMember[],
  validation: Split,
  { seed, signal }: TrainingOptions,
): Promise<Blend> {
  requireInteractions(interactions);
  if (members.length < 2) {
    throw new MarqueeError('BAD_USER_INPUT', `a blend has two members or more, not ${members.length}`);
  }
  const scores = new BlendScores(
    validationOn(validation, seed),
    knownItems(validation.train),
    members.length,
  );
  for (const member of members) await scores.add(await member.train(validation.train), signal);
  const { weights, ndcg } = await scores.bestWeights(signal);
  const total = weights.reduce((sum, weight) => sum + weight, 0);

  const parts: { weight: number; model: RetrievalModel }[] = [];
  for (const [i, member] of members.entries()) {
    if (weights[i]! > 0) parts.push({ weight: weights[i]! / total, model: await member.train(interactions) });
  }
  return {
    model: blendOf(interactions, parts),
    weights: Object.fromEntries(members.map(({ name }, i) => [name, weights[i]! / total])),
    ndcg,
  };
}

function blendOf(
  interactions: Interactions,
  parts: readonly { readonly weight: number; readonly model: RetrievalModel }[],
): RetrievalModel {
  const known = knownItems(interactions);
  const own = new Float32Array(interactions.items.length);
  return createRecommender(interactions, (history, scores) => {
    const seen = new Set(history.items);
    // The scale is that of what is likely to be asked for: seen items have the highest scores and would stretch it.
    const unseen = known.filter((item) => !seen.has(item));
    const repeats = known.filter((item) => seen.has(item));
    for (const { weight, model } of parts) {
      model.score(history, own);
      standardise(own, unseen, repeats);
      for (const item of known) scores[item]! += weight * own[item]!;
    }
  });
}

function knownItems(interactions: Interactions): Uint32Array {
  const counts = itemCounts(interactions);
  return Uint32Array.from(counts.keys()).filter((item) => counts[item]! > 0);
}
