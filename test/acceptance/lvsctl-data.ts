import type { HistoryAnswer } from '../../services/shared/wire/history-api.ts'
import type { DrainStatus } from '../../services/shared/wire/outage-status.ts'
import type {
  RealServerStatus,
  ServiceStatus,
  Status,
  Why,
} from '../../services/shared/wire/status.ts'

/** Noon of a summer's day; everything in these answers is relative to it. */
export const NOON = '2026-07-15T12:00:00.000Z'

/** A healthy real server, but for what is said otherwise. */
export function realServer(changes: Partial<RealServerStatus> = {}): RealServerStatus {
  return {
    name: 'web1',
    address: '10.0.0.11',
    port: 80,
    weight: { configured: 100, effective: 100 },
    inTable: true,
    health: 'up',
    healthSince: '2026-07-15T09:00:00.000Z',
    admin: 'enabled',
    connections: { active: 12, inactive: 30, persistent: 0 },
    reason: 'http: pass: 200 in 3 ms',
    ...changes,
  }
}

/** A real server whose check fails. */
export const sickServer = realServer({
  name: 'web2',
  address: '10.0.0.12',
  weight: { configured: 50, effective: 0 },
  health: 'down',
  healthSince: '2026-07-15T11:57:50.000Z',
  connections: { active: 0, inactive: 1, persistent: 0 },
  reason: 'http: fail http.status: wanted 200-299, got 500 Internal Server Error',
})

/** A real server that an operator lets run empty. */
export const drainingServer = realServer({
  name: 'web3',
  address: '10.0.0.13',
  weight: { configured: 100, effective: 0 },
  admin: 'draining',
  connections: { active: 2, inactive: 5, persistent: 1 },
  reason: 'draining, drain by anna: kernel update',
})

/** A drain that waits for so many connections on one director, but for what is said otherwise. */
export function drainOf(
  active: number,
  inactive: number,
  changes: Partial<DrainStatus> = {},
): DrainStatus {
  const connections = { active, inactive, persistent: 0 }
  return {
    phase: active + inactive === 0 ? 'done' : 'connections',
    directors: [{ name: 'lvs1', connections }],
    remarks: [],
    ...changes,
  }
}

/** A service with healthy real servers, but for what is said otherwise. */
export function service(changes: Partial<ServiceStatus> = {}): ServiceStatus {
  return {
    name: 'web',
    address: '192.0.2.10:80/tcp',
    scheduler: 'wlc',
    forwarding: 'direct-route',
    panic: false,
    guards: [],
    realServers: [realServer()],
    ...changes,
  }
}

/** A cluster where all is well, but for what is said otherwise. */
export function status(changes: Partial<Status> = {}): Status {
  return {
    cluster: 'shop',
    generation: 12,
    at: NOON,
    directors: [
      {
        name: 'lvs1',
        table: 'kernel',
        ipvs: '1.2.1',
        epoch: 1,
        generation: 12,
        reportedAt: '2026-07-15T11:59:59.500Z',
        driftRepaired: 0,
        sysctls: { conn_reuse_mode: 1 },
        foreign: [],
      },
    ],
    services: [service()],
    alerts: [],
    ...changes,
  }
}

/** Why the sick real server has weight 0. */
export function why(changes: Partial<Why> = {}): Why {
  return {
    service: 'web',
    server: sickServer,
    because: 'failed',
    checks: [
      {
        label: 'http',
        kind: 'http',
        target: '10.0.0.12:80',
        verdict: 'down',
        streak: 1,
        needed: 2,
        intervalMs: 2000,
        rise: 2,
        fall: 3,
        factor: 1,
        silent: false,
        last: {
          at: '2026-07-15T11:59:58.000Z',
          durationMs: 3.21,
          outcome: 'fail',
          code: 'http.status',
          detail: 'wanted 200-299, got 500 Internal Server Error',
        },
      },
    ],
    overrides: [],
    placed: { generation: 12, at: '2026-07-15T11:57:50.000Z' },
    changes: [
      {
        at: '2026-07-15T09:12:04.000Z',
        message: 'web/web2: weight 100 -> 50: weight by bert: half of its memory is gone',
      },
      {
        at: '2026-07-15T11:57:50.000Z',
        message: 'web/web2: weight 50 -> 0: http: fail connect.refused: connection refused',
      },
    ],
    directors: [{ name: 'lvs1', weight: 0 }],
    ...changes,
  }
}

const STEP_MS = 300_000

/** Two hours of the sick real server, in steps of five minutes: it fell ten minutes ago. */
export function history(changes: Partial<HistoryAnswer> = {}): HistoryAnswer {
  const toMs = Date.parse(NOON)
  const fromMs = toMs - 24 * STEP_MS
  const windows = Array.from({ length: 24 }, (_, index) => fromMs + index * STEP_MS)
  const isDown = (index: number) => index >= 22
  return {
    target: 'web/web2',
    fromMs,
    toMs,
    stepMs: STEP_MS,
    source: 'local',
    series: [
      {
        measurement: 'check',
        tags: { check: 'http', vantage: 'lvs1' },
        columns: ['latency_ms mean', 'latency_ms max', 'passed sum', 'failed sum'],
        rows: windows.map((at, index) => ({
          at,
          values: isDown(index)
            ? [null, null, 0, 150]
            : [2 + index ** 2 / 20, 4 + index ** 2 / 16, 150, 0],
        })),
      },
      {
        measurement: 'real_server',
        tags: { director: '' },
        columns: ['effective_weight mean', 'state max'],
        rows: windows.map((at, index) => ({ at, values: isDown(index) ? [0, 5] : [50, 0] })),
      },
      {
        measurement: 'real_server',
        tags: { director: 'lvs1' },
        columns: ['active mean'],
        rows: windows.map((at, index) => ({ at, values: [isDown(index) ? 0 : 120 - index * 3] })),
      },
    ],
    events: [
      {
        at: toMs - 2 * STEP_MS,
        type: 'health',
        message: 'web/web2 is down: http: fail connect.refused: 10.0.0.12:80: connection refused',
      },
    ],
    ...changes,
  }
}
