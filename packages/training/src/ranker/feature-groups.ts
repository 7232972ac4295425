/** The ranker's columns by what they know, to see what each kind of knowledge is worth. Every column is in exactly one group. */
export const FEATURE_GROUPS: Readonly<
  Record<string, readonly string[]> & Record<'taste', readonly string[]>
> = {
  popularity: [
    'popularity_1d',
    'popularity_7d',
    'popularity_30d',
    'popularity_total',
    'trend_ratio',
    'trend_now',
    'impressions_total',
    'watch_rate',
    'popularity_when_new',
  ],
  reception: ['like_ratio', 'completion_ratio', 'abandonment_ratio', 'average_score', 'votes'],
  title: ['age_years', 'catalogue_age_days', 'runtime_hours'],
  taste: [
    'genre_affinity_max',
    'genre_affinity_mean',
    'director_affinity',
    'people_affinity',
    'era_affinity',
    'studio_affinity',
    'preferred_genres',
    'preferred_decade',
    'preferred_fame',
  ],
  retrieval: ['content_similarity', 'co_watch', 'collaborative', 'similarity_when_known'],
  stated: ['onboarding_match', 'followed_person', 'in_my_list', 'onboarding_when_new'],
  exposure: ['seen_without_play'],
  context: [
    'watch_count',
    'hour_sin',
    'hour_cos',
    'device_tv',
    'device_mobile',
    'device_tablet',
    'runtime_on_mobile',
  ],
};
