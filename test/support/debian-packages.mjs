// Installs the Debian packages that test suites need, without letting any of them start a daemon.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const POLICY = '/usr/sbin/policy-rc.d'
const POLICY_ASIDE = `${POLICY}.lvs-warden-tests`
const LOCK_TIMEOUT_S = 300
const LINES_SHOWN = 30
/** On a machine without a domain, inn2 is configured only when told a name; the rest is Debian's. */
const NEWS_CONFIGURATION = `pathhost: news.example.test
domain: example.test
mta: "/usr/sbin/sendmail -oi -oem %s"
hismethod: hisv6
ovmethod: tradindexed
pathnews: /usr/lib/news
pathdb: /var/lib/news
pathetc: /etc/news
pathrun: /run/news
pathlog: /var/log/news
pathspool: /var/spool/news
`

/** Whether packages can be installed at all. */
export function canInstall() {
  return (
    process.getuid?.() === 0 && existsSync('/etc/debian_version') && existsSync('/usr/bin/apt-get')
  )
}

/** Those of the packages that are not there. */
export function missingPackages(names) {
  if (names.length === 0) return []
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the format language of dpkg-query
  const format = '${Package} ${db:Status-Status}\n'
  const result = spawnSync('dpkg-query', ['-W', '-f', format, ...names], { encoding: 'utf8' })
  const installed = new Set()
  for (const line of (result.stdout ?? '').split('\n')) {
    const [name, status] = line.split(' ')
    if (status === 'installed') installed.add(name)
  }
  return names.filter((name) => !installed.has(name))
}

/** Installs packages; returns what went wrong, or nothing. */
export function installPackages(names, say) {
  const dir = mkdtempSync(join(tmpdir(), 'lvs-warden-apt-'))
  writeFileSync(join(dir, 'inn.conf'), NEWS_CONFIGURATION)
  const restore = forbidDaemons()
  try {
    if (!areKnown(names)) {
      say('Updating the lists of Debian packages …')
      aptGet(['update'], dir)
    }
    say(`Installing Debian packages: ${names.join(' ')} …`)
    const install = ['install', '-y', '--no-install-recommends', ...names]
    if (aptGet(install, dir)) return undefined
    aptGet(['update'], dir)
    if (aptGet(install, dir)) return undefined
    return readFileSync(join(dir, 'log'), 'utf8')
      .trimEnd()
      .split('\n')
      .slice(-LINES_SHOWN)
      .join('\n')
  } finally {
    restore()
    rmSync(dir, { recursive: true, force: true })
  }
}

function aptGet(args, dir) {
  const options = ['-q', '-o', `DPkg::Lock::Timeout=${LOCK_TIMEOUT_S}`]
  const env = {
    ...process.env,
    DEBIAN_FRONTEND: 'noninteractive',
    RUNLEVEL: '1',
    INNCONF: join(dir, 'inn.conf'),
  }
  const stdio = ['ignore', 'pipe', 'pipe']
  const result = spawnSync('apt-get', [...options, ...args], { env, stdio, encoding: 'utf8' })
  writeFileSync(join(dir, 'log'), `${result.stdout ?? ''}${result.stderr ?? ''}`, { flag: 'a' })
  return result.status === 0
}

function areKnown(names) {
  return spawnSync('apt-cache', ['show', ...names], { stdio: 'ignore' }).status === 0
}

/** invoke-rc.d asks this file before it starts a service; 101 means no. Returns how to undo it. */
function forbidDaemons() {
  if (existsSync(POLICY) && !existsSync(POLICY_ASIDE)) renameSync(POLICY, POLICY_ASIDE)
  writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  let isUndone = false
  const undo = () => {
    if (isUndone) return
    isUndone = true
    process.off('exit', undo)
    if (existsSync(POLICY_ASIDE)) renameSync(POLICY_ASIDE, POLICY)
    else rmSync(POLICY, { force: true })
  }
  process.on('exit', undo)
  return undo
}
