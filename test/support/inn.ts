import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import type { Certificates } from './certificates.ts'
import { type ChildServer, freePort, skipReason, startChildServer } from './child-server.ts'

const BIN = '/usr/lib/news/bin'
const CONFIGURATION = '/etc/news'

/** Empty, or why INN's suites are skipped. */
export const noInn = skipReason('inn2', `${BIN}/innd`, `${BIN}/nnrpd`)

/** INN on 127.0.0.1: the news server, and its reader server over TLS. */
export interface Inn {
  readonly news: ChildServer
  readonly readers: ChildServer
  readonly ports: Readonly<Record<'nntp' | 'nntps', number>>
}

/** Starts it with all its files in this folder, as the user `news`; Eve may log in. */
export async function startInn(dir: string, { cert, key }: Certificates): Promise<Inn> {
  const path = (name: string): string => join(dir, name)
  chmodSync(dir, 0o755)
  for (const name of ['etc', 'db', 'run', 'log', 'tmp', 'spool']) mkdirSync(path(name))
  for (const name of ['overview', 'articles', 'incoming', 'innfeed'])
    mkdirSync(path(`spool/${name}`))
  for (const name of readdirSync(CONFIGURATION)) {
    const file = join(CONFIGURATION, name)
    if (statSync(file).isFile()) copyFileSync(file, path(`etc/${name}`))
  }
  for (const name of ['active', 'newsgroups']) {
    copyFileSync(`/usr/lib/news/examples/${name}`, path(`db/${name}`))
  }
  writeFileSync(path('db/active.times'), '')
  copyFileSync(cert, path('etc/cert.pem'))
  copyFileSync(key, path('etc/key.pem'))
  chmodSync(path('etc/key.pem'), 0o600)
  writeFileSync(path('etc/inn.conf'), configuration(dir))
  writeFileSync(path('etc/readers.conf'), readers(dir))
  const hash = execFileSync('openssl', ['passwd', '-1', 'sesame']).toString().trim()
  writeFileSync(path('etc/users'), `eve:${hash}\n`)
  execFileSync('chown', ['-R', 'news:news', dir])
  const asNews = [
    ...['/usr/bin/env', `INNCONF=${path('etc/inn.conf')}`],
    ...['/usr/bin/setpriv', '--reuid', 'news', '--regid', 'news', '--init-groups'],
  ]
  const run = (program: string, ...args: string[]): void => {
    execFileSync('/usr/bin/env', [...asNews.slice(1), `${BIN}/${program}`, ...args], { cwd: dir })
  }
  run('makehistory')
  run('makedbz', '-i', '-o', '-s', '1000')
  const ports = { nntp: await freePort(), nntps: await freePort() }
  const innd = [`${BIN}/innd`, '-f', '-P', String(ports.nntp), '-4', '127.0.0.1']
  const nnrpd = [`${BIN}/nnrpd`, '-D', '-f', '-S', '-p', String(ports.nntps), '-4', '127.0.0.1']
  return {
    ports,
    news: await startChildServer([...asNews, ...innd], ports.nntp),
    readers: await startChildServer([...asNews, ...nnrpd], ports.nntps),
  }
}

/** Debian's own, in our folder and with a name, which it has not on a machine without a domain. */
function configuration(dir: string): string {
  const ours: Readonly<Record<string, string>> = {
    pathhost: 'news.shop.test',
    domain: 'shop.test',
    pathetc: `${dir}/etc`,
    pathdb: `${dir}/db`,
    pathrun: `${dir}/run`,
    pathlog: `${dir}/log`,
    pathtmp: `${dir}/tmp`,
    pathspool: `${dir}/spool`,
    pathoverview: `${dir}/spool/overview`,
    patharticles: `${dir}/spool/articles`,
    pathincoming: `${dir}/spool/incoming`,
    patharchive: `${dir}/spool/archive`,
    pathoutgoing: `${dir}/spool/outgoing`,
    tlscertfile: `${dir}/etc/cert.pem`,
    tlskeyfile: `${dir}/etc/key.pem`,
    tlscafile: '""',
    doinnwatch: 'false',
  }
  const theirs = readFileSync(join(CONFIGURATION, 'inn.conf'), 'utf8')
    .split('\n')
    .filter((line) => !Object.hasOwn(ours, /^\w+/.exec(line)?.[0] ?? ''))
  return [...theirs, ...Object.entries(ours).map(([key, value]) => `${key}: ${value}`), ''].join(
    '\n',
  )
}

function readers(dir: string): string {
  return `auth "local" {
  hosts: "127.0.0.1"
  auth: "ckpasswd -f ${dir}/etc/users"
  default: "<anyone>"
}
access "all" {
  users: "*"
  newsgroups: "*"
  access: RPA
}
`
}
