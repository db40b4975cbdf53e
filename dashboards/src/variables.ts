import { annotation, tagVariable } from './dashboard.ts'

/** Virtual services, any number of them. */
export const SERVICES = tagVariable({
  name: 'service',
  label: 'Virtual service',
  from: 'virtual_service',
})
/** One virtual service. */
export const ONE_SERVICE = tagVariable({
  name: 'service',
  label: 'Virtual service',
  from: 'virtual_service',
  isSingle: true,
})
/** Real servers of the chosen services. */
export const SERVERS = tagVariable({
  name: 'server',
  label: 'Real server',
  from: 'real_server',
  within: ['service'],
})
/** Directors, any number of them. */
export const DIRECTORS = tagVariable({ name: 'director', label: 'Director', from: 'director' })
/** Places that are looked from. */
export const VANTAGES = tagVariable({ name: 'vantage', label: 'Vantage', from: 'prober' })

const OF_SERVICE = [`"service" =~ /^$service$/`]
const OF_SERVER = [...OF_SERVICE, `"server" =~ /^$server$/`]

/** Why weights changed, and who asked for what, in the chosen services. */
export const SERVICE_MARKS = [
  annotation('Health', 'red', 'transition', [`"type" = 'health'`, ...OF_SERVICE]),
  annotation('Guards', 'orange', 'transition', [
    `"type" =~ /^(guard|sorry-server)$/`,
    ...OF_SERVICE,
  ]),
  annotation('Operators', 'blue', 'operator_action', []),
]
/** The same for the chosen real servers. */
export const SERVER_MARKS = [
  annotation('Health', 'red', 'transition', [`"type" = 'health'`, ...OF_SERVER]),
  annotation('Weight and why', 'yellow', 'transition', [`"type" = 'weight'`, ...OF_SERVER]),
  annotation('Operators', 'blue', 'operator_action', [`"server" =~ /^$server$/`]),
]
/** What happened in the chosen directors. */
export const DIRECTOR_MARKS = [
  annotation('Repaired', 'orange', 'transition', [
    `"type" =~ /^(drift|apply-failed)$/`,
    `"director" =~ /^$director$/`,
  ]),
]
