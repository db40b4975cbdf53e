import { z } from 'zod'
import { patternOption } from './pattern.ts'
import { passwordOption } from './secret.ts'
import { tlsOptions } from './tls-settings.ts'

const fields = z.strictObject({
  user: z.string().min(1).optional().describe('User of the access control list; needs `password`.'),
  password: passwordOption,
  command: z
    .array(z.string())
    .min(1)
    .default(['PING'])
    .describe('Command and its arguments: [EXISTS, maintenance]. It runs at every check.'),
  expect: patternOption
    .optional()
    .describe('Regular expression that the reply must match; default: PONG for PING, else any.'),
})

/** Parsed options of `redis`. */
export type RedisOptions = z.infer<typeof fields>

const tlsFields = fields.extend(tlsOptions)

/** Parsed options of `rediss`. */
export type RedissOptions = z.infer<typeof tlsFields>

/** Options of `redis`. */
export const redisOptions: z.ZodType<RedisOptions> = withPassword(fields)
/** Options of `rediss`. */
export const redissOptions: z.ZodType<RedissOptions> = withPassword(tlsFields)

function withPassword<Options extends RedisOptions>(
  schema: z.ZodType<Options>,
): z.ZodType<Options> {
  const isWhole = ({ user, password }: Options): boolean =>
    user === undefined || password !== undefined
  return schema.refine(isWhole, { path: ['password'], message: 'want it with user' })
}
