import { describe, expect, test } from 'vitest'
import { clusterOf, errorsOf, fileWith } from './parse.ts'

const WEB = fileWith('forwarding: masquerade')

function withVantages(vantages: string): string {
  return `${WEB}vantages: ${vantages}\n`
}

async function canariesOf(vantages: string) {
  const [vantage] = (await clusterOf(withVantages(vantages))).vantages ?? []
  return vantage?.canaries ?? []
}

describe('vantages', () => {
  test('need not be named, and may have no canaries', async () => {
    expect(await clusterOf(WEB)).not.toHaveProperty('vantages')
    const { vantages } = await clusterOf(withVantages('{ dc1: , dc2: { canaries: [] } }'))
    expect(vantages).toEqual([
      { name: 'dc1', canaries: [] },
      { name: 'dc2', canaries: [] },
    ])
  })

  test('a canary is an address that answers pings, looked at each second', async () => {
    const [canary] = await canariesOf('{ dc1: { canaries: [10.0.0.1] } }')
    expect(canary).toMatchObject({
      label: 'icmp 10.0.0.1',
      kind: 'icmp',
      target: { address: '10.0.0.1', family: 4, port: 0 },
      intervalMs: 1000,
      timeoutMs: 1000,
    })
  })

  test('a canary may have a check of its own, and takes nothing from defaults', async () => {
    const file = withVantages(
      '{ dc1: { canaries: [{ address: canary.example.net, check: { type: tcp, port: 22 } }] } }',
    )
    const { vantages } = await clusterOf(`${file}defaults: { check: { interval: 9s, fall: 7 } }\n`)
    expect(vantages?.[0]?.canaries[0]).toMatchObject({
      label: 'tcp 10.0.0.20:22',
      target: { address: '10.0.0.20', port: 22 },
      intervalMs: 1000,
      fall: 3,
    })
  })

  test('two vantages with one canary, and a real server at its address, are probes apart', async () => {
    const vantages = '{ dc1: { canaries: [10.0.0.11] }, dc2: { canaries: [10.0.0.11] } }'
    const cluster = await clusterOf(`${withVantages(vantages)}defaults: { check: icmp }\n`)
    const checks = [
      ...(cluster.vantages ?? []).flatMap(({ canaries }) => canaries),
      ...cluster.virtualServices.flatMap(({ realServers }) =>
        realServers.flatMap(({ checks }) => checks),
      ),
    ]
    expect(new Set(checks.map(({ probe }) => probe)).size).toBe(checks.length)
  })

  test('a canary with a port that nobody gives is an error at its place', async () => {
    const [error] = await errorsOf(
      withVantages('{ dc1: { canaries: [{ address: 10.0.0.1, check: tcp }] } }'),
    )
    expect(error).toContain('vantages.dc1.canaries[0].check: a canary has no port, so a check')
  })

  test('what is no canary is an error at its place', async () => {
    const [bad, name] = await errorsOf(
      withVantages(
        '{ dc1: { canaries: [10.0.0.1, 10.0.0.256] }, dc2: { canaries: [nowhere.example.org] } }',
      ),
    )
    expect(bad).toContain('vantages.dc1.canaries[1]: wanted an IPv4 address')
    expect(name).toContain('vantages.dc2.canaries[0]: cannot resolve "nowhere.example.org"')
  })
})

describe('probeFrom', () => {
  async function probeFromOf(keys: string) {
    const { virtualServices } = await clusterOf(fileWith(`forwarding: masquerade\n${keys}`))
    return virtualServices[0]?.probeFrom
  }

  test('is a list, or vantages and quorum, or nothing', async () => {
    expect(await probeFromOf('')).toBeUndefined()
    expect(await probeFromOf('probeFrom: {}')).toBeUndefined()
    expect(await probeFromOf('probeFrom: [dc1, dc2]')).toEqual({ vantages: ['dc1', 'dc2'] })
    expect(await probeFromOf('probeFrom: { quorum: 2 }')).toEqual({ quorum: 2 })
    expect(await probeFromOf('probeFrom: { vantages: [dc1, dc2], quorum: 2 }')).toEqual({
      vantages: ['dc1', 'dc2'],
      quorum: 2,
    })
  })

  test('may stand in defaults, and takes any name where the file names no vantages', async () => {
    const file = `${WEB}defaults: { probeFrom: [anywhere] }\n`
    const { virtualServices } = await clusterOf(file)
    expect(virtualServices[0]?.probeFrom).toEqual({ vantages: ['anywhere'] })
  })

  test('a quorum is a whole number from 1', async () => {
    const [error] = await errorsOf(fileWith('forwarding: masquerade\nprobeFrom: { quorum: 0 }'))
    expect(error).toContain('probeFrom.quorum: wanted a whole number from 1 to 1000, got')
  })
})
