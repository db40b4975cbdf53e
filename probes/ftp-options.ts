import { z } from 'zod'
import { lineOption, starttlsOption } from './line-options.ts'
import { patternOption } from './pattern.ts'
import { secretOption } from './secret.ts'
import { tlsOptions } from './tls-settings.ts'

/** Options of `ftps`. */
export const ftpsOptions = z.strictObject({
  user: lineOption.min(1).default('anonymous').describe('Account to log in with.'),
  password: secretOption
    .default('probe@lvs-warden.invalid')
    .describe('Password: the text, or `{ file: PATH }` or `{ env: NAME }` on the prober.'),
  file: lineOption
    .min(1)
    .optional()
    .describe('File that must be there (SIZE) or, with `content`, that is fetched (RETR).'),
  content: patternOption
    .optional()
    .describe('Regular expression that the file (its first 256 KiB) must match; needs `file`.'),
  ...tlsOptions,
})

/** Options of `ftp`. */
export const ftpOptions = ftpsOptions.extend({ starttls: starttlsOption })

/** The same options, refused when content is wanted of no file. */
export function withFile<
  Options extends { file?: string | undefined; content?: string | undefined },
>(schema: z.ZodType<Options>): z.ZodType<Options> {
  return schema.superRefine(({ file, content }, context) => {
    if (content === undefined || file !== undefined) return
    const message = 'want file, where content says what must be in it'
    context.addIssue({ code: 'custom', path: ['file'], message })
  })
}

/** What can be wrong with an FTP server. */
export const ftpCodes = {
  'ftp.greeting': 'The greeting is not 220.',
  'ftp.starttls': 'AUTH TLS was not answered with 234.',
  'ftp.auth': 'The login was refused.',
  'ftp.type': 'The server does not do binary transfers, or not protected ones (PROT P).',
  'ftp.file': 'The file is not there, or may not be read.',
  'ftp.passive': 'The server opens no passive data connection (EPSV, PASV).',
  'ftp.transfer': 'The transfer did not end with 226 or 250.',
  'ftp.content': 'The file does not match.',
}
