import {
  BUS_LOGS,
  BUS_ROLE_NEEDS,
  BUS_ROLES,
  type BusRole,
  type BusRoleNeeds,
} from '../../wire/bus-role-needs.ts'
import { logSubject } from './nats-event-log.ts'
import { bucketStream } from './nats-key-value.ts'
import { inboxPrefix } from './nats-link.ts'

/** Subjects that a user of NATS may publish to and subscribe to. */
export interface Permissions {
  readonly publish: readonly string[]
  readonly subscribe: readonly string[]
}

/** What a role may do in one cluster. An admin may do everything. */
export function rolePermissions(role: BusRole, cluster: string): Permissions {
  if (role === 'admin') return { publish: ['>'], subscribe: ['>'] }
  const needs = BUS_ROLE_NEEDS[role]
  const subject = (name: string) => `lvs.${cluster}.${name}`
  return {
    publish: [...needs.publishes.map(subject), ...storePermissions(needs, cluster)],
    subscribe: [...needs.listens.map(subject), `${inboxPrefix(role)}.>`],
  }
}

/**
 * A file for the configuration of a nats-server that serves one cluster: a user for each role. Its
 * passwords come from another file, `passwordsFile`, with a line `PROBER_PASSWORD: "…"` for each.
 */
export function usersConfig(cluster: string, passwordsFile: string): string {
  const users = BUS_ROLES.map((role) => renderUser(role, rolePermissions(role, cluster)))
  return `# Users of NATS for the cluster ${cluster}, one for each role of LVS Warden.
# Made by: lvs-warden nats-users --cluster-name ${cluster}

include ${JSON.stringify(passwordsFile)}

authorization {
  users: [
${users.join('\n')}
  ]
}
`
}

function renderUser(role: BusRole, { publish, subscribe }: Permissions): string {
  const list = (subjects: readonly string[]) =>
    subjects.map((subject) => `          "${subject}"\n`).join('')
  return `    {
      user: ${role}
      password: $${role.toUpperCase()}_PASSWORD
      permissions: {
        publish: [
${list(publish)}        ]
        subscribe: [
${list(subscribe)}        ]
        allow_responses: { max: 1, expires: "5m" }
      }
    }`
}

/** The parts of JetStream's API that reading, writing and making one's stores take. */
function storePermissions(needs: BusRoleNeeds, cluster: string): readonly string[] {
  const bucket = (name: string) => `${cluster}-${name}`
  const stream = (name: string) =>
    BUS_LOGS.includes(name) ? bucket(name) : bucketStream(bucket(name))
  const opened = new Set([
    ...needs.reads,
    ...Object.keys(needs.writes),
    ...needs.follows,
    ...needs.appends,
    ...needs.makes,
  ])
  const followed = [...needs.reads, ...needs.follows]
  return [
    ...[...opened].map((name) => `$JS.API.STREAM.INFO.${stream(name)}`),
    ...needs.makes.flatMap((name) => [
      `$JS.API.STREAM.CREATE.${stream(name)}`,
      `$JS.API.STREAM.UPDATE.${stream(name)}`,
    ]),
    ...needs.reads.map((name) => `$JS.API.STREAM.MSG.GET.${stream(name)}`),
    ...followed.flatMap((name) => [
      `$JS.API.CONSUMER.CREATE.${stream(name)}`,
      `$JS.FC.${stream(name)}.>`,
    ]),
    ...Object.entries(needs.writes).map(([name, keys]) => `$KV.${bucket(name)}.${keys}`),
    ...needs.appends.map((name) => logSubject(bucket(name))),
  ]
}
