import type { HttpOptions } from './http-options.ts'
import { type HttpPlan, httpPlan } from './http-plan.ts'

/** What a proxy is asked, as far as it follows from the options alone. */
export interface ProxyPlan {
  readonly http: HttpPlan
  readonly method: string
  /** The request as a latin1 string, without credentials. */
  readonly request: string
  /**
   * `http`: asked of the proxy. `https`: through a tunnel and TLS. `tunnel`: a tunnel and nothing
   * more.
   */
  readonly way: 'http' | 'https' | 'tunnel'
  /** Host and port, as CONNECT wants them. */
  readonly authority: string
  readonly hostname: string
}

/** The options that say what to fetch. */
export type ProxyRequest = Pick<HttpOptions, 'method' | 'headers' | 'body' | 'expect'> & {
  readonly url?: string | undefined
  readonly connect?: string | undefined
}

const plans = new WeakMap<ProxyRequest, ProxyPlan>()

/** The plan of these options; worked out once for each object. */
export function proxyPlan(options: ProxyRequest): ProxyPlan {
  const known = plans.get(options)
  if (known !== undefined) return known
  const { method, headers, body, expect } = options
  const url = new URL(options.url ?? `https://${options.connect}`)
  const isPlain = url.protocol === 'http:'
  const http = httpPlan({
    method,
    headers,
    expect,
    host: url.host,
    // A proxy wants the URL in absolute form (RFC 9112 section 3.2.2), a server its path.
    path: `${isPlain ? url.origin : ''}${url.pathname}${url.search}`,
    ...(body !== undefined && { body }),
  })
  const plan: ProxyPlan = {
    http,
    method,
    request: `${http.requestStart}${url.host}${http.requestEnd}`,
    way: options.url === undefined ? 'tunnel' : isPlain ? 'http' : 'https',
    authority: options.connect ?? `${url.hostname}:${url.port === '' ? 443 : url.port}`,
    hostname: url.hostname.replace(/^\[|\]$/g, ''),
  }
  plans.set(options, plan)
  return plan
}

/** RFC 9110 section 9.3.6. */
export function connectRequest({ authority }: ProxyPlan): string {
  return `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\nUser-Agent: lvs-warden\r\n\r\n`
}

/** Puts Basic credentials (`user:password`, RFC 7617) for the proxy into a request. */
export function withCredentials(request: string, credentials: string | undefined): string {
  if (credentials === undefined) return request
  const basic = Buffer.from(credentials).toString('base64')
  return request.replace('\r\n', `\r\nProxy-Authorization: Basic ${basic}\r\n`)
}
