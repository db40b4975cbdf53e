import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { eventually } from '../lab/harness/eventually.ts'
import { createLab, type Lab } from '../lab/harness/lab.ts'
import { labObstacle } from '../lab/harness/lab-obstacle.ts'
import type { LabProcess } from '../lab/harness/lab-process.ts'
import { addRoute } from '../lab/harness/roles.ts'
import type { Bench, Measure } from './bench.ts'
import { CONTENDERS, type Contender } from './detection-contenders.ts'

const INTERVAL_S = 2
const SERVERS = 100
/** Each is killed twice. */
const VICTIMS = 10
const SEED = 20_301
const VIP = '10.77.0.200'
const FIELD = 'field'
const WATCH_PORT = 9000
const STATUS_PORT = 9001
const SERVING_MS = 20_000
/** The way to steady checks, and then all kills of one contender. */
const TURN_MS = 600_000
const MOST_OF_KEEPALIVED = 0.5
const MOST_OF_LDIRECTORD = 0.25
const MOST_WITH_TRIPWIRE = 0.2

type Name = keyof typeof CONTENDERS

/** What the field prints. */
type News =
  | { readonly type: 'serving' }
  | { readonly type: 'kill'; readonly afterMs: number }
  | { readonly type: 'end'; readonly falseAlarms: number }

/** What happened to one contender. */
interface Turn {
  readonly contender: Contender
  readonly afterMs: readonly number[]
  readonly falseAlarms: number
}

/** From the kill of a real server to weight 0 in the kernel, for one contender after the other. */
export const bench: Bench = {
  name: 'detection',
  summary: 'time from a kill to weight 0 in the kernel: keepalived, ldirectord, lvs-warden',
  async run() {
    const obstacle = labObstacle()
    if (obstacle !== undefined) throw new Error(obstacle)
    const lab = await createLab()
    try {
      const { address } = await lab.host(FIELD, 10)
      const servers = Array.from({ length: SERVERS }, (_, index) => `10.77.1.${index + 1}`)
      for (const server of servers) {
        await lab.must(FIELD, ['ip', 'address', 'add', `${server}/32`, 'dev', 'lo'])
      }
      const turns = new Map<string, Turn>()
      for (const contender of Object.values(CONTENDERS)) {
        turns.set(contender.name, await measure(lab, contender, servers, address))
      }
      return report(turns)
    } finally {
      await lab.close()
    }
  },
}

async function measure(
  lab: Lab,
  contender: Contender,
  servers: readonly string[],
  fieldAddress: string,
): Promise<Turn> {
  const { name } = contender
  const field = startField(lab, contender, servers)
  await eventually('the real servers serve', () => newsOf(field).length > 0, SERVING_MS)
  await lab.director(name, 1)
  await addRoute(lab, name, { to: '10.77.1.0/24', via: fieldAddress })
  await startContender(lab, contender, servers, fieldAddress)
  let hasEnded = false
  field.ended.then(() => {
    hasEnded = true
  })
  await eventually(`all kills are done for ${name}`, () => hasEnded, TURN_MS)
  await lab.crash(name)
  const news = newsOf(field)
  const end = news.at(-1)
  if (end?.type !== 'end') throw new Error(`${name}: the field broke off:\n${field.errors()}`)
  const afterMs = news.flatMap((one) => (one.type === 'kill' ? [one.afterMs] : []))
  return { contender, afterMs, falseAlarms: end.falseAlarms }
}

function startField(lab: Lab, { name }: Contender, servers: readonly string[]): LabProcess {
  const folder = join(lab.folder, `${name}-field`)
  mkdirSync(folder)
  const file = join(folder, 'settings.json')
  const settings = {
    folder,
    servers,
    victims: servers.filter((_, index) => index % (SERVERS / VICTIMS) === 0),
    intervalMs: INTERVAL_S * 1000,
    seed: SEED,
    watchPort: WATCH_PORT,
    statusPort: STATUS_PORT,
  }
  writeFileSync(file, JSON.stringify(settings))
  return lab.spawn(FIELD, [process.execPath, programPath('detection-field.mjs'), file])
}

/**
 * The table is there already, as after a restart: ldirectord takes minutes to fill an empty one.
 */
async function startContender(
  lab: Lab,
  contender: Contender,
  servers: readonly string[],
  field: string,
): Promise<void> {
  const { name } = contender
  const folder = join(lab.folder, `${name}-files`)
  mkdirSync(folder)
  const rows = servers.map((address) => `-a -t ${VIP}:80 -r ${address}:80 -g -w 1\n`)
  const rules = join(folder, 'rules')
  writeFileSync(rules, `-A -t ${VIP}:80 -s rr\n${rows.join('')}`)
  await lab.must(name, ['sh', '-c', `ipvsadm -R <${rules}`])
  const file = join(folder, 'configuration')
  writeFileSync(file, contender.configuration({ vip: VIP, servers, intervalS: INTERVAL_S }))
  const watch = programPath('detection-watch.mjs')
  const argv = contender.argv(file, folder)
  await lab.must(name, ['sh', '-c', `command -v ${argv[0]}`])
  lab.spawn(name, [process.execPath, watch, field, `${WATCH_PORT}`])
  lab.spawn(name, argv)
}

function newsOf(field: LabProcess): readonly News[] {
  const lines = field.output().split('\n').slice(0, -1)
  return lines.map((line) => JSON.parse(line) as News)
}

function report(turns: ReadonlyMap<string, Turn>): readonly Measure[] {
  const mean = (name: Name) => meanOf(turns.get(name)?.afterMs ?? [])
  const compare = (name: Name, to: Name, most: number): Measure => ({
    what: `${CONTENDERS[name].what}, mean`,
    value: mean(name),
    unit: 'ms',
    ratioTo: to,
    ratio: mean(name) / mean(to),
    goal: `at most ${most}`,
    met: mean(name) / mean(to) <= most,
  })
  return [
    ...[...turns.values()].flatMap(summaryOf),
    compare('warden', 'keepalived', MOST_OF_KEEPALIVED),
    compare('warden', 'ldirectord', MOST_OF_LDIRECTORD),
    compare('tripwire', 'keepalived', MOST_WITH_TRIPWIRE),
  ]
}

/** Besides the mean what went wrong, if anything did. */
function summaryOf({ contender: { what }, afterMs, falseAlarms }: Turn): readonly Measure[] {
  const [least, most] = [Math.min(...afterMs), Math.max(...afterMs)].map(Math.round)
  const spread = `${afterMs.length} kills, ${least} to ${most} ms`
  const time = { what: `${what}: ${spread}`, value: meanOf(afterMs), unit: 'ms' }
  if (falseAlarms === 0) return [time]
  return [time, { what: `${what}: false alarms`, value: falseAlarms, unit: 'rows' }]
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function programPath(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url))
}
