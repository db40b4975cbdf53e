import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type AvailabilityEvent,
  availabilityOf,
} from '../../../services/historian/core/availability.ts'
import { mendHealth } from '../../../services/historian/core/mend-health.ts'
import type { ServiceReport } from '../../../services/shared/domain/report.ts'

const SPAN = { fromMs: 1000, toMs: 2000 }
const WEB = [{ name: 'web', servers: ['web1', 'web2'] }]

const down = (at: number, server = 'web1'): AvailabilityEvent => {
  return { at, type: 'health', service: 'web', server, from: 'up', to: 'down' }
}
const up = (at: number, server = 'web1'): AvailabilityEvent => {
  return { at, type: 'health', service: 'web', server, from: 'down', to: 'up' }
}
const asks = (at: number, to: string, service?: string): AvailabilityEvent => {
  return { at, type: 'operator', server: 'web1', to, ...(service !== undefined && { service }) }
}

function reportOf(...events: AvailabilityEvent[]): ServiceReport {
  const [web] = availabilityOf(WEB, events, SPAN)
  if (web === undefined) throw new Error('no report')
  return web
}

/** Of the first real server: availability in percent, down, maintenance, outages, the longest. */
function web1(...events: AvailabilityEvent[]) {
  const [server] = reportOf(...events).servers
  if (server === undefined) throw new Error('no server')
  const { availability, downMs, maintenanceMs, outages, longest } = server
  return [availability, downMs, maintenanceMs, outages, longest?.at, longest?.ms]
}

describe('a real server', () => {
  test('that nothing is said of was up all the time', () => {
    expect(web1()).toEqual([1, 0, 0, 0, undefined, undefined])
  })

  test('is down from its failure to its recovery', () => {
    expect(web1(down(1200), up(1300), down(1500), up(1700))).toEqual([0.7, 300, 0, 2, 1500, 200])
  })

  test('that was down before the time begins is down at its beginning', () => {
    expect(web1(down(500), up(1100))).toEqual([0.9, 100, 0, 1, 1000, 100])
  })

  test('that is still down is down to the end', () => {
    expect(web1(down(1750))).toEqual([0.75, 250, 0, 1, 1750, 250])
  })

  test('that failed and recovered before the time begins was up', () => {
    expect(web1(down(100), up(900))).toEqual([1, 0, 0, 0, undefined, undefined])
  })

  test('under maintenance counts neither for nor against', () => {
    const events = [asks(1000, 'maintenance'), down(1100), up(1300), asks(1500, 'enable')]
    expect(web1(...events, down(1600), up(1700))).toEqual([0.8, 100, 500, 1, 1600, 100])
  })

  test('under maintenance all the time has no availability', () => {
    expect(web1(asks(10, 'drain'))).toEqual([undefined, 0, 1000, 0, undefined, undefined])
  })

  test('is back when a drain ends by itself, not when another weight does', () => {
    const ended = (from: string): AvailabilityEvent => {
      return { at: 1400, type: 'override-ended', server: 'web1', from }
    }
    expect(web1(asks(1200, 'drain'), ended('drain'))[2]).toBe(200)
    expect(web1(asks(1200, 'drain'), ended('weight'))[2]).toBe(800)
  })

  test('enabled everywhere is enabled in each service, but not the other way round', () => {
    expect(web1(asks(1200, 'drain', 'web'), asks(1400, 'enable'))[2]).toBe(200)
    expect(web1(asks(1200, 'drain'), asks(1400, 'enable', 'web'))[2]).toBe(800)
    expect(web1(asks(1200, 'drain', 'mail'))[2]).toBe(0)
  })
})

describe('a virtual service', () => {
  test('is down only while none of its real servers is up', () => {
    const web = reportOf(down(1100), down(1300, 'web2'), up(1400), up(1600, 'web2'))
    expect([web.downMs, web.outages, web.availability]).toEqual([100, 1, 0.9])
    expect(web.longest).toEqual({ at: 1300, ms: 100 })
  })

  test('whose last real server fails while the other is in maintenance is down', () => {
    const web = reportOf(asks(1100, 'maintenance'), down(1300, 'web2'), up(1400, 'web2'))
    expect([web.downMs, web.maintenanceMs]).toEqual([100, 0])
  })

  test('all of whose real servers an operator took out is in maintenance', () => {
    const both = { at: 1500, type: 'operator', server: 'web2', to: 'drain' }
    const web = reportOf(asks(1100, 'maintenance'), both)
    expect([web.downMs, web.maintenanceMs]).toEqual([0, 500])
  })
})

describe('recoveries that nobody has recorded', () => {
  const took = (at: number): AvailabilityEvent => ({ at, type: 'leader', server: '' })

  test('were when the next controller took over', () => {
    const events = mendHealth([down(1100), took(1300), down(1600), up(1700)], [])
    expect(web1(...events)).toEqual([0.7, 300, 0, 2, 1100, 200])
  })

  test('are known from how things are now', () => {
    const present = [{ service: 'web', server: 'web1', health: 'up', since: 1400 }]
    expect(web1(...mendHealth([down(1100)], present))[1]).toBe(300)
    const still = [{ service: 'web', server: 'web1', health: 'down', since: 1400 }]
    expect(web1(...mendHealth([down(1100)], still))[1]).toBe(900)
  })
})

test('whatever happens, times add up and no share is beyond 0 and 1', () => {
  const event = fc.record({
    at: fc.integer({ min: 0, max: 2500 }),
    type: fc.constantFrom('health', 'operator', 'override-ended', 'leader'),
    service: fc.constantFrom('web', 'mail'),
    server: fc.constantFrom('web1', 'web2', 'web9'),
    from: fc.constantFrom('up', 'down', 'drain', 'maintenance', 'weight'),
    to: fc.constantFrom('up', 'down', 'unknown', 'drain', 'maintenance', 'enable', 'weight'),
  })
  fc.assert(
    fc.property(fc.array(event, { maxLength: 40 }), (events) => {
      const sorted = mendHealth(
        events.sort((one, other) => one.at - other.at),
        [],
      )
      const web = reportOf(...sorted)
      for (const one of [web, ...web.servers]) {
        expect(one.downMs).toBeGreaterThanOrEqual(0)
        expect(one.downMs + one.maintenanceMs).toBeLessThanOrEqual(1000)
        expect(one.availability ?? 0).toBeGreaterThanOrEqual(0)
        expect(one.availability ?? 0).toBeLessThanOrEqual(1)
        expect(one.longest?.ms ?? 0).toBeLessThanOrEqual(one.downMs)
      }
      // A service is down no longer than the real server that was up most.
      expect(web.downMs).toBeLessThanOrEqual(
        Math.min(...web.servers.map((one) => one.downMs + one.maintenanceMs)),
      )
    }),
  )
})
