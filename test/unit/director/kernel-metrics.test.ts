import { expect, test } from 'vitest'
import { createKernelMetrics } from '../../../services/director/kernel-metrics.ts'
import type { CountedService, TrafficStats } from '../../../services/shared/domain/table.ts'
import { createMetrics } from '../../../services/shared/runtime/metrics.ts'

const NO_RATES = {
  connectionRate: 0,
  inPacketRate: 0,
  outPacketRate: 0,
  inByteRate: 0,
  outByteRate: 0,
}

function stats(connections: number): TrafficStats {
  return { ...NO_RATES, connections, inPackets: 30, outPackets: 20, inBytes: 3000, outBytes: 2000 }
}

function service(connections: number): CountedService {
  return {
    address: { type: 'address', protocol: 'tcp', family: 4, address: '192.0.2.10', port: 80 },
    scheduler: 'wlc',
    schedulerFlags: [],
    onePacket: false,
    stats: stats(connections),
    servers: [
      {
        address: '10.0.0.1',
        port: 8080,
        forwarding: 'masquerade',
        weight: 7,
        upperThreshold: 0,
        lowerThreshold: 0,
        counts: { active: 5, inactive: 6, persistent: 1 },
        stats: stats(connections),
      },
    ],
  }
}

test('what the kernel holds and counts is shown under the addresses of its table', async () => {
  const metrics = createMetrics()
  createKernelMetrics(metrics).told([service(40)])
  const { text } = await metrics.render()
  const row = 'virtual_service="192.0.2.10:80/tcp",real_server="10.0.0.1:8080"'
  expect(text).toContain(`lvs_warden_kernel_weight{${row}} 7`)
  expect(text).toContain(`lvs_warden_kernel_connections{${row},state="inactive"} 6`)
  expect(text).toContain(`lvs_warden_kernel_server_connections_total{${row}} 40`)
  expect(text).toContain(`lvs_warden_kernel_server_bytes_total{${row},direction="out"} 2000`)
  expect(text).toContain(
    'lvs_warden_kernel_service_packets_total{virtual_service="192.0.2.10:80/tcp",direction="in"} 30',
  )
})

test('counters are the kernel\u2019s own: another look does not add them up again', async () => {
  const metrics = createMetrics()
  const figures = createKernelMetrics(metrics)
  figures.told([service(40)])
  await metrics.render()
  figures.told([service(41)])
  const name = 'lvs_warden_kernel_service_connections_total'
  expect((await metrics.render()).text).toContain(`${name}{virtual_service="192.0.2.10:80/tcp"} 41`)
  figures.told([])
  expect((await metrics.render()).text).not.toContain('192.0.2.10')
})
