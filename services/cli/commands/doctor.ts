import { endianness } from 'node:os'
import type { Cluster } from '../../shared/domain/virtual-service.ts'
import { ServiceError } from '../../shared/runtime/service-error.ts'
import { type CliContext, printJson, printLines } from '../cli-context.ts'
import { examine } from '../doctor/examine.ts'
import { type DoctorFinding, skipped } from '../doctor/finding.ts'
import { type DirectorSettings, type Host, openHost } from '../doctor/host.ts'
import { guessRole, type HostRole } from '../doctor/role.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { findCluster } from '../find-cluster.ts'
import { count } from '../findings.ts'
import { doctorLines } from '../views/doctor-view.ts'

/** The command line of `lvsctl doctor`. */
export interface DoctorOptions {
  /** Guessed when absent. */
  readonly role?: HostRole
  /** A cluster file; the daemon's when absent. */
  readonly file?: string
  /** Which real server this is; by its address when absent. */
  readonly as?: string
  /** Address of the director, for real servers. */
  readonly director?: string
  /** NATS servers, separated by commas. */
  readonly nats?: string
}

/**
 * `lvsctl doctor`: looks at this machine and says what is not as its part in the cluster needs it.
 * Changes nothing. Ends with 1 when something does not work.
 */
export async function runDoctor(context: CliContext, options: DoctorOptions): Promise<ExitCode> {
  const { io, json, style } = context
  if (io.system === undefined) throw new Error('a command line without a machine to look at')
  const found = await findCluster(context, options.file)
  const directors = found.daemon?.isThere === true ? await directorsOf(context) : undefined
  const host = await openHost({
    view: io.system,
    now: io.now(),
    nats: (options.nats ?? '').split(',').filter((url) => url !== ''),
    ...(found.cluster !== undefined && { cluster: checked(found.cluster, options) }),
    ...(options.as !== undefined && { as: options.as }),
    ...(options.director !== undefined && { director: options.director }),
    ...(found.daemon !== undefined && { daemon: found.daemon }),
    ...(directors !== undefined && { directors }),
  })
  const { role, because } = await roleOf(host, options)
  const isLittleEndian = endianness() === 'LE'
  const findings = [...clusterNote(found.problem), ...(await examine(role, host, isLittleEndian))]
  const worst = worstOf(findings)
  if (json) printJson(io, { role, because, verdict: worst, findings })
  else {
    const many = (verdict: string) => findings.filter((one) => one.verdict === verdict).length
    const sums = [count(many('warning'), 'warning'), `${many('bad')} bad`]
    const paint = { ok: style.good, warning: style.warn, bad: style.bad, skipped: style.faint }
    printLines(io, [
      `as a ${role === 'director' ? 'director' : 'real server'}, because ${because}`,
      ...doctorLines(findings, style),
      paint[worst](worst === 'ok' ? 'all is well' : sums.join(', ')),
    ])
  }
  return worst === 'bad' ? EXIT.no : EXIT.ok
}

/** What the monitor knows of all directors; `undefined` when it does not say. */
async function directorsOf({
  client,
}: CliContext): Promise<readonly DirectorSettings[] | undefined> {
  try {
    return (await client.ask('status', {})).directors
  } catch (error) {
    if (error instanceof ServiceError) return undefined
    throw error
  }
}

async function roleOf(
  host: Host,
  { role }: DoctorOptions,
): Promise<{ readonly role: HostRole; readonly because: string }> {
  if (role !== undefined) return { role, because: '--role says so' }
  const guess = await guessRole(host)
  if (guess !== undefined) return guess
  const message =
    'nothing says what this machine is: no IPVS table, no monitor, no address of the cluster ' +
    'file; say --role director or --role realserver'
  throw new ServiceError('cli.usage', message)
}

/** A name that is said must be in the file. */
function checked(cluster: Cluster, { as }: DoctorOptions): Cluster {
  const names = cluster.virtualServices.flatMap(({ realServers }) =>
    realServers.map(({ name }) => name),
  )
  if (as === undefined || names.includes(as)) return cluster
  throw new ServiceError('cli.usage', `--as ${as}: no such real server in the cluster file`)
}

function clusterNote(problem: string | undefined): readonly DoctorFinding[] {
  return problem === undefined ? [] : [skipped('cluster', problem)]
}

function worstOf(findings: readonly DoctorFinding[]): 'ok' | 'warning' | 'bad' {
  if (findings.some(({ verdict }) => verdict === 'bad')) return 'bad'
  return findings.some(({ verdict }) => verdict === 'warning') ? 'warning' : 'ok'
}
