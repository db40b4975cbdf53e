import { z } from 'zod'
import { LDAP_FILTER } from './ldap-message.ts'
import { starttlsOption } from './line-options.ts'
import { patternOption } from './pattern.ts'
import { passwordOption } from './secret.ts'
import { tlsOptions } from './tls-settings.ts'

const fields = z.strictObject({
  bindDn: z.string().min(1).optional().describe('Name (DN) to log in with; default: nobody.'),
  password: passwordOption,
  base: z
    .string()
    .optional()
    .describe("Name (DN) of an object to read; '' is the server's own (root DSE); default: none."),
  filter: z
    .string()
    .regex(LDAP_FILTER, 'want (attribute=value) or (attribute=*)')
    .default('(objectClass=*)')
    .describe('What the object must be: (attribute=value) or (attribute=*).'),
  attribute: z
    .string()
    .regex(/^[A-Za-z][\w;.-]*$/, 'want the name of an attribute')
    .optional()
    .describe('Attribute that `expect` looks at; default: the name (DN) of the object.'),
  expect: patternOption
    .optional()
    .describe('Regular expression that the DN or one value of `attribute` must match.'),
  ...tlsOptions,
})

/** Parsed options of `ldaps`. */
export type LdapsOptions = z.infer<typeof fields>
/** Parsed options of `ldap`. */
export type LdapOptions = LdapsOptions & { readonly starttls: boolean }

/** Options of `ldaps`. */
export const ldapsOptions: z.ZodType<LdapsOptions> = consistent(fields)
/** Options of `ldap`. */
export const ldapOptions: z.ZodType<LdapOptions> = consistent(
  fields.extend({ starttls: starttlsOption }),
)

function consistent<Options extends LdapsOptions>(schema: z.ZodType<Options>): z.ZodType<Options> {
  return schema.superRefine(({ bindDn, password, base, attribute, expect }, context) => {
    const refuse = (path: string, message: string): void => {
      context.addIssue({ code: 'custom', path: [path], message })
    }
    if (bindDn === undefined && password !== undefined) refuse('bindDn', 'want it with password')
    if (bindDn !== undefined && password === undefined) refuse('password', 'want it with bindDn')
    if (expect !== undefined && base === undefined) refuse('base', 'want an object for `expect`')
    if (attribute !== undefined && expect === undefined) {
      refuse('expect', 'want what the attribute must match')
    }
  })
}
