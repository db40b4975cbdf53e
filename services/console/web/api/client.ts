import type { z } from 'zod'
import type { accessApi } from '../../../shared/wire/access-api.ts'
import type { api } from '../../../shared/wire/api.ts'
import { CSRF_HEADER, PATHS } from './paths.ts'

type Verbs = typeof api & typeof accessApi
type Schema<
  V extends keyof Verbs,
  Side extends 'requestSchema' | 'responseSchema',
> = Verbs[V][Side] extends z.ZodType ? Verbs[V][Side] : never

/** A verb that this page uses. */
export type UsedVerb = keyof typeof PATHS

/** What to ask; who asks is the console's to write. */
export type RequestOf<V extends UsedVerb> = Omit<
  z.input<Schema<V, 'requestSchema'>>,
  'owner' | 'by'
>
export type ResponseOf<V extends UsedVerb> = z.output<Schema<V, 'responseSchema'>>

/** The API as this page's log-in may use it. */
export interface Client {
  /** Throws `ApiError`. */
  ask<V extends UsedVerb>(verb: V, request: RequestOf<V>): Promise<ResponseOf<V>>
  /** The proof that orders are our own; known after a log-in. */
  prove(csrf: string | undefined): void
}

/** Why the API did not do it: its own code, or `network` when it cannot be reached. */
export class ApiError extends Error {
  override name = 'ApiError'
  readonly code: string
  readonly status: number

  constructor(code: string, message: string, status: number) {
    super(message)
    this.code = code
    this.status = status
  }
}

/** `onEnded` is called when an answer says that there is no log-in any more. */
export function createClient(onEnded: () => void): Client {
  let proof: string | undefined

  async function send(verb: UsedVerb, request: object): Promise<unknown> {
    const [method, path] = PATHS[verb]
    const headers = {
      ...(method === 'POST' && { 'content-type': 'application/json' }),
      ...(proof !== undefined && { [CSRF_HEADER]: proof }),
    }
    const isQuestion = (method as string) === 'GET'
    const query = isQuestion ? queryOf(request) : ''
    const body = isQuestion ? {} : { body: JSON.stringify(request) }
    const answer = await fetch(path + query, { method, headers, ...body }).catch(() => {
      throw new ApiError('network', 'the console cannot be reached', 0)
    })
    const text: unknown = await answer.json().catch(() => ({}))
    if (answer.ok) return text
    const { code = 'api.internal', message = answer.statusText } = errorOf(text)
    if (answer.status === 401 && verb !== 'sessionOpen') onEnded()
    throw new ApiError(code, message, answer.status)
  }

  return {
    ask: (verb, request) => send(verb, request) as Promise<never>,
    prove(csrf) {
      proof = csrf
    },
  }
}

function queryOf(request: object): string {
  const params = new URLSearchParams()
  for (const [key, value] of Object.entries(request)) {
    if (value !== undefined) params.append(key, String(value))
  }
  const text = params.toString()
  return text === '' ? '' : `?${text}`
}

function errorOf(answer: unknown): { code?: string; message?: string } {
  return Object(Object(answer).error)
}
