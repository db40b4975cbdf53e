import { z } from 'zod'
import { defineCheck } from './check.ts'
import { HTTP_CODES, httpOptions } from './http-options.ts'
import { fetchThroughProxy, proxyCode } from './http-proxy-exchange.ts'
import { proxyPlan } from './http-proxy-plan.ts'
import { passwordOption, readSecret } from './secret.ts'
import { tlsOptions, tlsSettings } from './tls-settings.ts'

const { method, headers, body, expect } = httpOptions.shape
const options = z
  .strictObject({
    url: z
      .url({ protocol: /^https?$/, error: 'want a URL that starts with http:// or https://' })
      .optional()
      .describe('What the proxy is asked to fetch; https goes through a tunnel (CONNECT).'),
    connect: z
      .string()
      .regex(
        /^([\w.-]{1,255}|\[[\da-fA-F:.]+\]):\d{1,5}$/,
        'want a host and a port: mail.example:25',
      )
      .refine((text) => URL.canParse(`https://${text}`), 'want a port of 65535 at most')
      .optional()
      .describe('Host and port that a tunnel is opened to, and nothing more, in place of `url`.'),
    method,
    headers,
    body,
    expect,
    user: z
      .string()
      .regex(/^[^:\r\n]+$/)
      .optional()
      .describe('User at the proxy; needs `password`.'),
    password: passwordOption,
    ...tlsOptions,
  })
  .refine(({ url, connect }) => (url === undefined) !== (connect === undefined), {
    path: ['url'],
    message: 'want either url or connect',
  })
  .refine(({ user, password }) => (user === undefined) === (password === undefined), {
    path: ['password'],
    message: 'want user and password together',
  })

type HttpProxyOptions = z.infer<typeof options>

/**
 * Passes when a forward proxy fetches a URL whose answer has a wanted status and, if asked, a
 * fitting body. An https URL is fetched through a tunnel, and TLS, name and chain are then those of
 * the server at its far end.
 */
export const httpProxy = defineCheck<HttpProxyOptions>({
  kind: 'http-proxy',
  summary:
    'Passes when a forward proxy fetches a URL (https through CONNECT) with a wanted status and ' +
    'a fitting body.',
  options,
  example:
    '{ type: http-proxy, port: 3128, url: "http://shop.example/", expect: { body: "^ready" } }',
  codes: {
    'http-proxy.auth': 'The proxy wants other credentials (407).',
    'http-proxy.tunnel': 'The proxy refused to open the tunnel.',
    ...Object.fromEntries(
      Object.entries(HTTP_CODES).map(([code, text]) => [proxyCode(code), text]),
    ),
  },
  async run(target, written, context) {
    const { user, password, sni, ca, insecure } = written
    const plan = proxyPlan(written)
    const secret = password === undefined ? undefined : readSecret(password)
    const login = user === undefined || secret === undefined ? undefined : `${user}:${secret}`
    const tls = plan.way === 'https' ? tlsSettings(sni ?? plan.hostname, ca, insecure) : undefined
    return fetchThroughProxy(target, plan, { login, tls, context })
  },
})
