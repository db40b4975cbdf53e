import { expect, test } from 'vitest'
import { createCheckMetrics } from '../../../services/historian/check-metrics.ts'
import type { Point } from '../../../services/shared/domain/point.ts'
import { createMetrics } from '../../../services/shared/runtime/metrics.ts'

function run(vantage: string, fields: Point['fields']): Point {
  const tags = { service: 'web', server: 'web1', check: 'http', vantage }
  const none = { passed: 0, failed: 0, inconclusive: 0 }
  return { measurement: 'check', at: 0, tags, fields: { ...none, ...fields } }
}

const place = (vantage: string) => `service="web",server="web1",check="http",vantage="${vantage}"`

test('runs are counted for each check and vantage by how they ended; the last latency is shown', async () => {
  const metrics = createMetrics()
  const figures = createCheckMetrics(metrics)
  figures.heard([
    run('here', { passed: 1, latency_ms: 12 }),
    run('here', { passed: 1, latency_ms: 250 }),
  ])
  figures.heard([run('here', { failed: 1, code: 'connect.refused' })])
  figures.heard([run('there', { inconclusive: 1 })])
  for (let look = 0; look < 2; look++) {
    const { text } = await metrics.render()
    expect(text).toContain(`lvs_warden_check_runs_total{${place('here')},outcome="passed"} 2`)
    expect(text).toContain(`lvs_warden_check_runs_total{${place('here')},outcome="failed"} 1`)
    expect(text).toContain(
      `lvs_warden_check_runs_total{${place('there')},outcome="inconclusive"} 1`,
    )
    expect(text).toContain(`lvs_warden_check_latency_seconds{${place('here')}} 0.25`)
    expect(text).not.toContain(`lvs_warden_check_latency_seconds{${place('there')}}`)
  }
})

test('names that come and go do not fill the memory', async () => {
  const metrics = createMetrics()
  const figures = createCheckMetrics(metrics)
  const many = Array.from({ length: 20_001 }, (_, index) => run(`v${index}`, { passed: 1 }))
  figures.heard(many)
  const { text } = await metrics.render()
  expect(text.match(/^lvs_warden_check_runs_total\{.*outcome="passed"\} 1$/gm)).toHaveLength(1)
})
