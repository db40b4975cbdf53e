import { describe, expect, test } from 'vitest'
import { createMetrics } from '../../../services/shared/runtime/metrics.ts'

describe('metrics', () => {
  test('are written in the text format of Prometheus, with their help', async () => {
    const metrics = createMetrics()
    const help = 'Observations that a prober published.'
    metrics
      .counter('lvs_warden_observations_total', { help, labels: ['outcome'] })
      .add({ outcome: 'fail' }, 3)
    const { contentType, text } = await metrics.render()
    expect(contentType).toContain('text/plain')
    expect(text).toContain(`# HELP lvs_warden_observations_total ${help}`)
    expect(text).toContain('# TYPE lvs_warden_observations_total counter')
    expect(text).toContain('lvs_warden_observations_total{outcome="fail"} 3')
  })

  test('the same name is the same metric, for services that share a process', async () => {
    const metrics = createMetrics()
    const ask = () => metrics.counter('lvs_warden_frames_total', { help: 'Frames.' })
    ask().add({})
    ask().add({}, 2)
    expect((await metrics.render()).text).toContain('lvs_warden_frames_total 3')
  })

  test('a gauge is not shown where its value is not known', async () => {
    const metrics = createMetrics()
    const gauge = metrics.gauge('lvs_warden_weight', { help: 'Weight.', labels: ['server'] })
    gauge.set({ server: 'web1' }, 7)
    gauge.set({ server: 'web2' }, 8)
    gauge.remove({ server: 'web1' })
    const { text } = await metrics.render()
    expect(text).toContain('lvs_warden_weight{server="web2"} 8')
    expect(text).not.toContain('web1')
    gauge.reset()
    expect((await metrics.render()).text).not.toContain('web2')
  })

  test('a histogram counts into its buckets', async () => {
    const metrics = createMetrics()
    const histogram = metrics.histogram('lvs_warden_wait_seconds', {
      help: 'Waits.',
      buckets: [0.1, 1],
    })
    histogram.observe({}, 0.5)
    const { text } = await metrics.render()
    expect(text).toContain('lvs_warden_wait_seconds_bucket{le="0.1"} 0')
    expect(text).toContain('lvs_warden_wait_seconds_bucket{le="1"} 1')
    expect(text).toContain('lvs_warden_wait_seconds_sum 0.5')
  })

  test('gauges may be set at the moment of the look, until told not to', async () => {
    const metrics = createMetrics()
    const gauge = metrics.gauge('lvs_warden_queue', { help: 'Waiting.' })
    let length = 5
    const stop = metrics.onLook(() => gauge.set({}, length))
    expect((await metrics.render()).text).toContain('lvs_warden_queue 5')
    length = 6
    stop()
    expect((await metrics.render()).text).toContain('lvs_warden_queue 5')
  })

  test('figures of the process come along when asked for', async () => {
    const { text } = await createMetrics({ withProcess: true }).render()
    expect(text).toContain('process_resident_memory_bytes')
    expect(text).toContain('nodejs_eventloop_lag_seconds')
    expect((await createMetrics().render()).text).not.toContain('process_')
  })

  test('two processes in one, as in tests, keep their figures apart', async () => {
    const one = createMetrics()
    const other = createMetrics()
    one.gauge('lvs_warden_queue', { help: 'Waiting.' }).set({}, 1)
    expect((await other.render()).text).not.toContain('lvs_warden_queue')
  })
})
