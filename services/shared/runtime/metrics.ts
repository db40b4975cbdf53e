import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'

/** Every metric of ours begins so and ends in its unit; counters end in `_total`. */
export type MetricName = `lvs_warden_${string}`

/** What a metric is, for those who read it. */
export interface MetricDescription<Label extends string> {
  /** One sentence: what is counted or measured, and in which unit. */
  readonly help: string
  /**
   * Names of its labels; their values must be few (names of the cluster file, never of clients).
   */
  readonly labels?: readonly Label[]
}

/** One value for each label of a metric. */
export type LabelsOf<Label extends string> = Readonly<Record<Label, string>>

/** Only grows. */
export interface CounterMetric<Label extends string> {
  /** Adds 1, or this much; a negative amount is a programmer's error. */
  add(labels: LabelsOf<Label>, amount?: number): void
  /** Forgets all counts, for those that are kept elsewhere and told anew with each look. */
  reset(): void
}

/** Goes up and down. */
export interface GaugeMetric<Label extends string> {
  set(labels: LabelsOf<Label>, value: number): void
  /** The value of these labels is not known any more: it is not shown until set again. */
  remove(labels: LabelsOf<Label>): void
  /** Forgets all values, for those that are set anew with each look. */
  reset(): void
}

/** How often values of which size were seen. */
export interface HistogramMetric<Label extends string> {
  observe(labels: LabelsOf<Label>, value: number): void
}

/**
 * The figures of one process. Asking for a name again gives the same metric, so services that share
 * a process share their metrics.
 */
export interface Metrics {
  counter<Label extends string = never>(
    name: MetricName,
    description: MetricDescription<Label>,
  ): CounterMetric<Label>
  gauge<Label extends string = never>(
    name: MetricName,
    description: MetricDescription<Label>,
  ): GaugeMetric<Label>
  /** `buckets` are upper bounds, rising. */
  histogram<Label extends string = never>(
    name: MetricName,
    description: MetricDescription<Label> & { readonly buckets: readonly number[] },
  ): HistogramMetric<Label>
  /** Called before each look, to set gauges that are not worth keeping up. Returns how to stop. */
  onLook(refresh: () => void): () => void
  /** Everything in the text format of Prometheus. */
  render(): Promise<{ readonly contentType: string; readonly text: string }>
}

/** Seconds from a millisecond to ten: for anything that somebody waits for. */
export const SECONDS_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]

/** Makes the metrics of a process; with those of the process itself (`process_…`, `nodejs_…`). */
export function createMetrics(options: { readonly withProcess?: boolean } = {}): Metrics {
  const registry = new Registry()
  const known = new Map<string, unknown>()
  const refreshers = new Set<() => void>()
  if (options.withProcess === true) collectDefaultMetrics({ register: registry })

  function once<M>(name: string, make: () => M): M {
    if (!known.has(name)) known.set(name, make())
    return known.get(name) as M
  }

  return {
    counter: (name, description) =>
      once(name, () => {
        const counter = new Counter(configurationOf(name, description, registry))
        return {
          add: (labels, amount = 1) => counter.inc(labels, amount),
          reset: () => counter.reset(),
        }
      }),
    gauge: (name, description) =>
      once(name, () => {
        const gauge = new Gauge(configurationOf(name, description, registry))
        return {
          set: (labels, value) => gauge.set(labels, value),
          remove: (labels) => gauge.remove(labels),
          // One without labels would begin again with 0.
          reset: () => (description.labels?.length ? gauge.reset() : gauge.remove({})),
        }
      }),
    histogram: (name, description) =>
      once(name, () => {
        const { buckets } = description
        const configuration = configurationOf(name, description, registry)
        const histogram = new Histogram({ ...configuration, buckets: [...buckets] })
        return { observe: (labels, value) => histogram.observe(labels, value) }
      }),
    onLook(refresh) {
      refreshers.add(refresh)
      return () => refreshers.delete(refresh)
    },
    async render() {
      for (const refresh of refreshers) refresh()
      return { contentType: registry.contentType, text: await registry.metrics() }
    },
  }
}

function configurationOf<Label extends string>(
  name: MetricName,
  { help, labels = [] }: MetricDescription<Label>,
  registry: Registry,
) {
  return { name, help, labelNames: labels, registers: [registry] }
}
