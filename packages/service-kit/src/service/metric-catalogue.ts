/**
 * Every metric that Marquee exports, declared once: name, unit and labels. Dashboards and alerts are checked against this
 * table. Names follow Prometheus' rules (base units, `_total`). Labels take few values: never an id of a profile, a title or
 * a request.
 */
export interface MetricDefinition {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds of a histogram's buckets, in the metric's unit. */
  readonly buckets?: readonly number[];
}

/** Upper bounds of durations from a millisecond to ten seconds. */
export const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

const COSTS = [1, 3, 10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000, 1_000_000];

export const METRIC_CATALOGUE = {
  marquee_http_request_seconds: {
    type: 'histogram',
    help: 'Time from the first byte of a request to the last of its answer.',
    labels: ['route', 'status'],
    buckets: SECONDS,
  },
  marquee_http_requests_in_flight: {
    type: 'gauge',
    help: 'Requests being answered now.',
    labels: [],
  },
  marquee_http_untaken_bytes: {
    type: 'gauge',
    help: 'Size of the answers of the gateway that are made and that their clients have not read yet.',
    labels: [],
  },
  marquee_http_answers_cut_off_total: {
    type: 'counter',
    help: 'Answers that were cut off because their clients did not read them, by why: slow or memory.',
    labels: ['reason'],
  },
  marquee_requests_refused_total: {
    type: 'counter',
    help: 'Requests that were not begun, by why: overloaded or shutting_down.',
    labels: ['reason'],
  },
  marquee_admission_limit: {
    type: 'gauge',
    help: 'GraphQL requests that the gateway works on at once, as learned from how long they take.',
    labels: [],
  },
  marquee_admission_waiting: {
    type: 'gauge',
    help: 'GraphQL requests that wait for their turn in the gateway.',
    labels: [],
  },
  marquee_documents_total: {
    type: 'counter',
    help: 'GraphQL documents by operation, client and how they came: id, text, automatic, unregistered or refused.',
    labels: ['operation', 'client', 'outcome'],
  },
  marquee_subgraph_request_seconds: {
    type: 'histogram',
    help: 'Time of one fetch from the gateway to a subgraph, as the gateway sees it.',
    labels: ['subgraph', 'outcome'],
    buckets: SECONDS,
  },
  marquee_operations_total: {
    type: 'counter',
    help: 'GraphQL operations a subgraph has answered, by whether the answer carried errors.',
    labels: ['outcome'],
  },
  marquee_operation_cost_estimated: {
    type: 'histogram',
    help: 'What operations were estimated to cost before they ran, by COST_OK or COST_ESTIMATED_TOO_EXPENSIVE.',
    labels: ['outcome'],
    buckets: COSTS,
  },
  marquee_operation_cost_actual: {
    type: 'histogram',
    help: 'What answers cost, counted in the same units.',
    labels: [],
    buckets: COSTS,
  },
  marquee_supergraph_updates_total: {
    type: 'counter',
    help: 'Supergraphs that were offered to the gateway, by outcome: applied or refused.',
    labels: ['outcome'],
  },
  marquee_supergraph_refused: {
    type: 'gauge',
    help: '1 while the supergraph that was offered last is refused and an older one serves.',
    labels: [],
  },
  marquee_supergraph_variants: {
    type: 'gauge',
    help: 'Preview variants of the graph that are served.',
    labels: [],
  },
  marquee_supergraph_variants_refused: {
    type: 'gauge',
    help: 'Preview variants of the graph that are published and cannot be served.',
    labels: [],
  },
  marquee_supergraph_applied_timestamp_seconds: {
    type: 'gauge',
    help: 'When the supergraph in force took over, in seconds since 1970.',
    labels: [],
  },
  marquee_supergraph_update_seconds: {
    type: 'histogram',
    help: 'Time from taking up a supergraph to serving it: reading, checking and planning beside requests.',
    labels: [],
    buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  },
  marquee_tls_certificate_expiry_timestamp_seconds: {
    type: 'gauge',
    help: 'When the certificate in use ends, in seconds since 1970.',
    labels: ['name'],
  },
  marquee_dependency_ready: {
    type: 'gauge',
    help: '1 while a part of the process is ready, 0 while it is not.',
    labels: ['component'],
  },
  marquee_events_published_total: {
    type: 'counter',
    help: 'Events acknowledged to a publisher, by how: stored, duplicate or spooled.',
    labels: ['outcome'],
  },
  marquee_consumer_lag_events: {
    type: 'gauge',
    help: 'Events in the log that a consumer wants and has not handled.',
    labels: ['consumer'],
  },
  marquee_consumer_batch_seconds: {
    type: 'histogram',
    help: 'Time a consumer needs for one batch of events.',
    labels: ['consumer'],
    buckets: SECONDS,
  },
  marquee_consumer_events_total: {
    type: 'counter',
    help: 'Events handled.',
    labels: ['consumer'],
  },
  marquee_events_too_late_total: {
    type: 'counter',
    help: 'Events dropped by a consumer because they come from a life of their profile that was erased.',
    labels: ['consumer'],
  },
  marquee_lake_unreadable_files: {
    type: 'gauge',
    help: 'Files of the lake that this process met and could not read.',
    labels: [],
  },
  marquee_lake_waiting_erasures: {
    type: 'gauge',
    help: 'Erasures that may not be done in files of the lake that cannot be read.',
    labels: [],
  },
  marquee_partitions_owned: {
    type: 'gauge',
    help: 'Partitions of the event log that this process works on.',
    labels: ['consumer'],
  },
  marquee_store_request_seconds: {
    type: 'histogram',
    help: 'Time of one call to the online store.',
    labels: ['operation', 'outcome'],
    buckets: SECONDS,
  },
  marquee_vector_search_seconds: {
    type: 'histogram',
    help: 'Time of one search of the vector index, all queries of a request together.',
    labels: ['outcome'],
    buckets: SECONDS,
  },
  marquee_home_pages_total: {
    type: 'counter',
    help: 'Home pages answered, by the step of the degradation ladder that served.',
    labels: ['step'],
  },
  marquee_prewarmed_pages_total: {
    type: 'counter',
    help: 'Home pages that were to be made ahead, by outcome: made, kept (a stored one would do) or failed.',
    labels: ['outcome'],
  },
  marquee_prewarmed_pages_served_total: {
    type: 'counter',
    help: 'Answers with a home page that had been made ahead.',
    labels: [],
  },
  marquee_digests_requested_total: {
    type: 'counter',
    help: 'Digests that were asked for, for viewers who have stopped coming.',
    labels: [],
  },
  marquee_monitor_status: {
    type: 'gauge',
    help: 'What a check of the monitor came to: 0 ok, 1 warning, 2 alert, -1 not enough data.',
    labels: ['check'],
  },
  marquee_monitor_value: {
    type: 'gauge',
    help: 'The value of a check of the monitor, in its own unit.',
    labels: ['check'],
  },
  marquee_monitor_drift_alerts: {
    type: 'gauge',
    help: 'Alerts of drift that stand; each asks for a training of the models that it concerns.',
    labels: [],
  },
  marquee_monitor_report_timestamp_seconds: {
    type: 'gauge',
    help: 'When the monitor last finished a report, in seconds since 1970.',
    labels: [],
  },
  marquee_graphql_operation_seconds: {
    type: 'histogram',
    help: 'Time of one GraphQL operation in the gateway, by client and by ok, errors or failed; rarely seen names are other.',
    labels: ['operation', 'client', 'outcome'],
    buckets: SECONDS,
  },
  marquee_graphql_errors_total: {
    type: 'counter',
    help: 'Errors in answers, by code and by the subgraph they come from; gateway where it is none.',
    labels: ['code', 'subgraph'],
  },
  marquee_slow_operations_total: {
    type: 'counter',
    help: 'Operations that took longer than the configured threshold.',
    labels: [],
  },
  marquee_streams_open: {
    type: 'gauge',
    help: 'Subscriptions open now, by operation; at a subgraph by field.',
    labels: ['operation'],
  },
  marquee_stream_oldest_seconds: {
    type: 'gauge',
    help: 'Age of the subscription that has been open longest.',
    labels: ['operation'],
  },
  marquee_stream_seconds: {
    type: 'histogram',
    help: 'How long subscriptions were open, by why they ended: complete, failed, client (went away), stalled (did not read), age or shutdown.',
    labels: ['operation', 'reason'],
    buckets: [1, 10, 60, 300, 900, 1_800, 3_600],
  },
  marquee_stream_events_total: {
    type: 'counter',
    help: 'Events that subscribers have taken.',
    labels: ['operation'],
  },
  marquee_streams_refused_total: {
    type: 'counter',
    help: 'Subscriptions that were not begun, by why: rate_limited, overloaded or shutting_down.',
    labels: ['reason'],
  },
  marquee_stream_resumptions_total: {
    type: 'counter',
    help: 'Streams from a subgraph that its copy ended before their time, by outcome: resumed at another copy, or broken.',
    labels: ['subgraph', 'outcome'],
  },
  marquee_home_changes_total: {
    type: 'counter',
    help: 'Feedback of viewers who watch their page, by outcome: told, unchanged, or superseded by feedback that came before it was looked at.',
    labels: ['outcome'],
  },
  marquee_training_runs_total: {
    type: 'counter',
    help: 'Trainings that ended, by outcome: succeeded, skipped (too little to learn from), failed or interrupted.',
    labels: ['outcome'],
  },
  marquee_training_seconds: {
    type: 'histogram',
    help: 'How long trainings took.',
    labels: [],
    buckets: [1, 5, 15, 60, 300, 900, 3_600],
  },
  marquee_shadow_slates_total: {
    type: 'counter',
    help: 'Pages looked at by a model in shadow, by outcome: scored, dropped (it had no time) or failed.',
    labels: ['outcome'],
  },
  marquee_model_moves_total: {
    type: 'counter',
    help: 'Moves of models that nobody made by hand, by kind and by the stage they led to.',
    labels: ['kind', 'to'],
  },
  marquee_cache_lookups_total: {
    type: 'counter',
    help: 'Look-ups in caches of the gateway, by cache and by hit or miss.',
    labels: ['cache', 'outcome'],
  },
  marquee_response_cache_total: {
    type: 'counter',
    help: "Look-ups in the gateway's response cache, by subgraph, by root or entity, and by outcome: hit, local, shared (another request was computing it), miss, bypass; and stored.",
    labels: ['subgraph', 'kind', 'outcome'],
  },
  marquee_response_cache_failures_total: {
    type: 'counter',
    help: "Calls to the response cache's store that failed or, while it keeps failing, were not made; requests go past it.",
    labels: ['call', 'reason'],
  },
  marquee_response_cache_invalidations_total: {
    type: 'counter',
    help: 'What was kept and came to an end, by mutation, event or purge, and by ok or failed.',
    labels: ['by', 'outcome'],
  },
  marquee_quota_total: {
    type: 'counter',
    help: 'What partners asked of their quotas, by requests or cost, by admitted or refused, and by who said so: all gateways together (shared) or one alone (local).',
    labels: ['quota', 'outcome', 'by'],
  },
  marquee_quota_gateways: {
    type: 'gauge',
    help: 'Gateways that count quotas together, as last heard.',
    labels: [],
  },
  marquee_trace_spans_total: {
    type: 'counter',
    help: 'Spans of traces, by what became of them: exported, failed (the collector did not take them) or dropped.',
    labels: ['outcome'],
  },
} as const satisfies Record<string, MetricDefinition>;

export type MetricName = keyof typeof METRIC_CATALOGUE;
