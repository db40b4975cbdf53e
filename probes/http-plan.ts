import type { Target } from './check.ts'
import type { HttpOptions } from './http-options.ts'
import { PATTERN_FLAGS } from './pattern.ts'

/** What follows from the options alone, worked out once for each options object. */
export interface HttpPlan {
  /** Up to the value of the Host header. */
  readonly requestStart: string
  /** Host header as given; without it the target's address. */
  readonly host: string | undefined
  /** The rest of the request, as bytes in a latin1 string, which is the cheapest thing to write. */
  readonly requestEnd: string
  readonly accepts: (status: number) => boolean
  /** As the user wrote it, for messages. */
  readonly wantedStatus: string
  readonly wantsBody: boolean
  readonly body: RegExp | undefined
  readonly notBody: RegExp | undefined
}

const plans = new WeakMap<HttpOptions, HttpPlan>()

/** The plan of these options. */
export function httpPlan(options: HttpOptions): HttpPlan {
  const known = plans.get(options)
  if (known !== undefined) return known
  const plan = makePlan(options)
  plans.set(options, plan)
  return plan
}

/** The request's bytes as a latin1 string. */
export function requestOf(plan: HttpPlan, target: Target, defaultPort: number): string {
  return plan.requestStart + (plan.host ?? hostHeader(target, defaultPort)) + plan.requestEnd
}

/** Hides what lets one in: credentials in a request that is shown to people. */
export function maskSecrets(request: string): string {
  return request.replace(
    /^((?:proxy-)?authorization|cookie|[\w-]*(?:token|secret|key|password)[\w-]*):[^\r\n]*/gim,
    '$1: ***',
  )
}

/** RFC 9110 section 7.2: the port is left out where it is the scheme's own. */
function hostHeader({ address, port }: Target, defaultPort: number): string {
  const host = address.includes(':') ? `[${address}]` : address
  return port === defaultPort ? host : `${host}:${port}`
}

function makePlan({ method, path, host, headers, body, expect }: HttpOptions): HttpPlan {
  const given = new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
  const ours: [string, string][] = [
    ['User-Agent', 'lvs-warden'],
    ['Accept', '*/*'],
    ['Connection', 'close'],
  ]
  if (body !== undefined) ours.push(['Content-Length', String(Buffer.byteLength(body))])
  const lines = [
    ...ours.filter(([name]) => !given.has(name.toLowerCase())),
    ...Object.entries(headers).filter(([name]) => name.toLowerCase() !== 'host'),
  ].map(([name, value]) => `${name}: ${value}\r\n`)
  const requestEnd = `\r\n${lines.join('')}\r\n${body ?? ''}`
  const wanted = [expect.status].flat()
  return {
    requestStart: `${method} ${path} HTTP/1.1\r\nHost: `,
    host: host ?? given.get('host'),
    requestEnd: Buffer.from(requestEnd).toString('latin1'),
    accepts: statusTest(wanted),
    wantedStatus: wanted.join(', '),
    wantsBody: expect.body !== undefined || expect.notBody !== undefined,
    body: compile(expect.body),
    notBody: compile(expect.notBody),
  }
}

function statusTest(wanted: readonly (string | number)[]): (status: number) => boolean {
  const ranges = wanted.map((range) => {
    const [from = 0, to = from] = String(range).split('-').map(Number)
    return { from, to }
  })
  return (status) => ranges.some(({ from, to }) => status >= from && status <= to)
}

function compile(pattern: string | undefined): RegExp | undefined {
  return pattern === undefined ? undefined : new RegExp(pattern, PATTERN_FLAGS)
}
