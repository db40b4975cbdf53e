import { z } from 'zod'
import { fail, type Outcome, pass } from './check.ts'
import { starttlsOption } from './line-options.ts'
import { matches, patternOption } from './pattern.ts'
import { passwordOption } from './secret.ts'
import { show } from './show.ts'
import { tlsOptions } from './tls-settings.ts'

const nameOption = z.string().regex(/^[^\0]+$/, 'want a name')

const fields = z.strictObject({
  user: nameOption
    .optional()
    .describe('User to log in as; default: nobody, which goes no further than the greeting.'),
  password: passwordOption,
  database: nameOption.optional().describe("Database to use; default: the server's choice."),
  query: z
    .string()
    .regex(/^[^\0]+$/, 'want an SQL statement')
    .optional()
    .describe('Statement to run after the login; default: none.'),
  expect: patternOption
    .optional()
    .describe('Regular expression that the first column of a row must match.'),
  minRows: z.int().min(0).max(10_000).default(0).describe('Rows that there must be at least.'),
  starttls: starttlsOption,
  ...tlsOptions,
})

/** Parsed options of `mysql` and `postgres`. */
export type SqlOptions = z.infer<typeof fields>

/** Options of checks of SQL databases. */
export const sqlOptions: z.ZodType<SqlOptions> = fields.superRefine((written, context) => {
  const refuse = (path: string, needed: string): void => {
    context.addIssue({ code: 'custom', path: [path], message: `want it with ${needed}` })
  }
  const { user, password, database, query, expect, minRows } = written
  if (user === undefined && password !== undefined) refuse('user', 'password')
  if (user === undefined && database !== undefined) refuse('user', 'database')
  if (user === undefined && query !== undefined) refuse('user', 'query')
  if (query === undefined && expect !== undefined) refuse('query', 'expect')
  if (query === undefined && minRows > 0) refuse('query', 'minRows')
})

/** What the first columns of a query's rows mean; `null` is SQL's NULL. */
export function judgeRows(
  kind: string,
  firstColumns: readonly (string | null)[],
  { expect, minRows }: SqlOptions,
): Outcome {
  const count = firstColumns.length
  const shown = show(
    firstColumns
      .slice(0, 5)
      .map((text) => text ?? 'NULL')
      .join(', '),
  )
  const got = `${count} row${count === 1 ? '' : 's'}${count === 0 ? '' : `: ${shown}`}`
  const isMet = (text: string | null): boolean => text !== null && matches(expect ?? '', text)
  if (count < minRows) {
    return fail('content', `${kind}.rows`, `want at least ${minRows} rows, got ${got}`)
  }
  if (expect === undefined || firstColumns.some(isMet)) return pass(got)
  return fail('content', `${kind}.rows`, `want a row with /${expect}/, got ${got}`)
}
