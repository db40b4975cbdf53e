import { z } from 'zod'
import { patternOption } from './pattern.ts'
import { tlsOptions } from './tls-settings.ts'

const statusRange = z.union([
  z.int().min(100).max(999),
  z.string().regex(/^[1-9]\d\d(-[1-9]\d\d)?$/, 'want a status or a range: 200, 200-299'),
])

const headerValue = z.string().regex(/^[^\r\n\0]*$/, 'want a header value on one line')

/** Options of `http`. */
export const httpOptions = z.strictObject({
  method: z
    .string()
    .regex(/^[A-Z]{1,20}$/, 'want a method in capitals: GET')
    .default('GET')
    .describe('Request method.'),
  path: z
    .string()
    .regex(/^[/*][\x21-\x7e]*$/, 'want a path that starts with / and has no spaces')
    .default('/')
    .describe('Path and query that are asked for.'),
  host: z
    .string()
    .regex(/^[\x21-\x7e]+$/, 'want a host name without spaces')
    .optional()
    .describe('Host header; default: the address that is checked, with its port.'),
  headers: z
    .record(z.string().regex(/^[\w!#$%&'*+.^`|~-]+$/, 'want a header name'), headerValue)
    .default({})
    .describe('More request headers; one of the same name replaces ours.'),
  body: z.string().optional().describe('Request body, sent with a Content-Length.'),
  expect: z
    .strictObject({
      status: z
        .union([statusRange, z.array(statusRange).min(1)])
        .default('200-299')
        .describe('Status, range or list of them that passes. Redirects are not followed.'),
      body: patternOption
        .optional()
        .describe('Regular expression that the body (its first 256 KiB) must match.'),
      notBody: patternOption
        .optional()
        .describe('Regular expression that the body (its first 256 KiB) must not match.'),
    })
    .prefault({})
    .describe('What the answer must be.'),
})

/** Options of `https`: those of `http` and how the server proves who it is. */
export const httpsOptions = httpOptions.extend(tlsOptions)

/** Parsed options of `http`. */
export type HttpOptions = z.infer<typeof httpOptions>
/** Parsed options of `https`. */
export type HttpsOptions = z.infer<typeof httpsOptions>

/** What can be wrong with an answer. */
export const HTTP_CODES = {
  'http.status': 'The status is none that is wanted.',
  'http.body': 'The body does not match, or matches what it must not.',
  'http.garbage': 'The answer is not HTTP/1.x.',
  'http.chunk': 'The chunks of the body are malformed.',
  'http.head-too-big': 'The head is larger than 64 KiB.',
  'http.too-big': 'The answer is larger than it may be.',
  'http.truncated': 'The connection ended within the answer.',
} as const
