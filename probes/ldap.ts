import { type CheckContext, defineCheck, fail, type Outcome, pass, type Target } from './check.ts'
import { converse } from './converse.ts'
import {
  bindRequest,
  LDAP_RESPONSE,
  type LdapEntry,
  searchRequest,
  startTlsRequest,
} from './ldap-message.ts'
import { type LdapOptions, type LdapsOptions, ldapOptions, ldapsOptions } from './ldap-options.ts'
import { LdapSession } from './ldap-session.ts'
import { matches } from './pattern.ts'
import { MASK, readSecret } from './secret.ts'
import { show } from './show.ts'
import { tlsSettings } from './tls-settings.ts'

const CODES = {
  'ldap.garbage': 'What came is no LDAP message, or answers another request.',
  'ldap.disconnected': 'The server said that it ends the connection.',
  'ldap.starttls': 'It does not go over to TLS.',
  'ldap.bind': 'The login was refused.',
  'ldap.search': 'The search failed, for example because there is no such object.',
  'ldap.empty': 'The object is not to be seen, or the filter does not fit it.',
  'ldap.answer': 'The name or the attribute is not what was expected.',
}

/**
 * Passes when the server lets us log in (or lets nobody in) and, with `base`, shows the object as
 * expected.
 */
export const ldap = defineCheck<LdapOptions>({
  kind: 'ldap',
  summary:
    'Passes when the server accepts a simple bind (of nobody without `bindDn`) and, with `base`, ' +
    'shows this one object as expected.',
  options: ldapOptions,
  example:
    '{ type: ldap, port: 389, starttls: true, sni: ldap.shop.example, ' +
    "base: 'dc=shop,dc=example', attribute: o, expect: ^Shop$ }",
  codes: CODES,
  run: (target, options, context) => run(target, options, false, context),
})

/** As `ldap`, over TLS from the first byte. */
export const ldaps = defineCheck<LdapsOptions>({
  kind: 'ldaps',
  summary: 'As `ldap`, over TLS from the first byte.',
  options: ldapsOptions,
  example: '{ type: ldaps, port: 636, sni: ldap.shop.example }',
  codes: CODES,
  run: (target, options, context) => run(target, { ...options, starttls: false }, true, context),
})

async function run(
  target: Target,
  options: LdapOptions,
  isTlsFirst: boolean,
  context: CheckContext,
): Promise<Outcome> {
  const { bindDn = '', password, starttls, base, filter, attribute } = options
  const secret = password === undefined ? '' : readSecret(password)
  const { sni, ca, insecure } = options
  const tls = isTlsFirst || starttls ? tlsSettings(sni ?? target.address, ca, insecure) : undefined
  return converse(target, isTlsFirst ? tls : undefined, 'ldap', context, async (connection) => {
    const session = new LdapSession(connection, context)
    if (starttls && tls !== undefined) {
      session.say('StartTLS', startTlsRequest)
      await session.expectSuccess(LDAP_RESPONSE.extended, 'ldap.starttls')
      await connection.startTls(tls)
    }
    const bind = bindDn === '' ? 'bind' : `bind ${bindDn} ${MASK}`
    session.say(bind, (id) => bindRequest(id, bindDn, secret))
    await session.expectSuccess(LDAP_RESPONSE.bind, 'ldap.bind')
    const wanted = attribute === undefined ? '1.1' : attribute
    let entry: LdapEntry | undefined
    if (base !== undefined) {
      const search = `search ${base === '' ? "''" : base} ${filter} ${wanted}`
      session.say(search, (id) => searchRequest(id, base, filter, [wanted]))
      entry = await session.expectSuccess(LDAP_RESPONSE.done, 'ldap.search')
    }
    connection.close(session.goodbye())
    return base === undefined ? pass(bind) : judge(entry, options)
  })
}

function judge(
  entry: LdapEntry | undefined,
  { base, filter, attribute, expect }: LdapOptions,
): Outcome {
  if (entry === undefined) {
    return fail('content', 'ldap.empty', `want ${base || 'the root DSE'} with ${filter}, got none`)
  }
  const what = attribute ?? 'DN'
  const values =
    attribute === undefined ? [entry.dn] : entry.attributes.get(attribute.toLowerCase())
  const got = `${what} ${show(values?.join(', ') ?? '') || 'missing'}`
  const isMet = expect === undefined || values?.some((value) => matches(expect, value)) === true
  return isMet ? pass(got) : fail('content', 'ldap.answer', `want ${what} /${expect}/, got ${got}`)
}
