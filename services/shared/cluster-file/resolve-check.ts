import type { Target, VirtualAddress } from '../../../probes/check.ts'
import type { CheckSpec } from '../domain/check-spec.ts'
import type { IpAddress } from '../domain/ip-address.ts'
import type { ServiceAddress } from '../domain/virtual-service.ts'
import type { Remark } from './finding-list.ts'
import { probeId } from './probe-id.ts'
import { type CheckTemplate, isInherited } from './read-check.ts'
import type { WrittenHost } from './server-address.ts'

/** The real server that checks are aimed at. */
export interface CheckAim {
  readonly ip: IpAddress
  /** 0 in a fwmark service. */
  readonly port: number
  readonly service: ServiceAddress
  /** What has no port where `port` is 0, for people; a fwmark service when absent. */
  readonly portless?: string
  /** Resolves a check's own address, remarking what is wrong with it. */
  resolve(host: WrittenHost, path: CheckTemplate['merged']['path']): IpAddress | undefined
}

/** The checks of one real server, aimed at it. */
export function resolveChecks(
  templates: readonly CheckTemplate[],
  aim: CheckAim,
  remark: (remark: Remark) => void,
): readonly CheckSpec[] {
  const labels = labelsOf(templates, remark)
  return templates.flatMap((template, index) => {
    const target = targetOf(template, aim, remark)
    if (target === undefined) return []
    const { check, options, intervalMs, fastIntervalMs, timeoutMs, jitter } = template
    const probe = { kind: check.kind, target, options }
    const { rise, fall, tripwire, slow, connectsBetween } = template
    const timing = {
      ...{ intervalMs, fastIntervalMs, timeoutMs, jitter },
      ...(slow && { slow }),
      ...(connectsBetween > 0 && { connectsBetween }),
    }
    const label = labels[index] ?? check.kind
    const optional = check.isOptional?.(options) === true && ({ optional: true } as const)
    const id = probeId({ ...probe, ...timing })
    return [{ label, probe: id, ...probe, ...timing, rise, fall, tripwire, ...optional }]
  })
}

function targetOf(
  template: CheckTemplate,
  aim: CheckAim,
  remark: (remark: Remark) => void,
): Target | undefined {
  const { check, merged, options } = template
  const where = merged.keys.get('address')?.path ?? merged.path
  const ip = template.address === undefined ? aim.ip : aim.resolve(template.address, where)
  if (ip === undefined) return undefined
  const port = check.portless === true ? 0 : (template.port ?? aim.port)
  if (port === 0 && check.portless !== true) {
    const { portless = 'a fwmark service' } = aim
    const message = `${portless} has no port, so a check of type ${check.kind} needs its own`
    remark({ path: merged.path, rule: 'missing-check-port', message })
    return undefined
  }
  const source = sourceOf(template, ip, remark)
  const target = { address: ip.text, family: ip.family, port, ...(source && { source }) }
  if (check.needsVirtual?.(options) !== true) return target
  return { ...target, virtual: virtualOf(aim.service) }
}

/** Said above, a source address is for the checks of its own IP version. */
function sourceOf(
  { source, merged }: CheckTemplate,
  { family, text }: IpAddress,
  remark: (remark: Remark) => void,
): string | undefined {
  if (source === undefined || source.family === family) return source?.text
  const path = merged.keys.get('sourceAddress')?.path ?? merged.path
  const message = `wanted an IPv${family} address to reach ${text} from, got ${source.text}`
  if (!isInherited(merged, 'sourceAddress')) remark({ path, rule: 'family-mismatch', message })
  return undefined
}

function virtualOf(service: ServiceAddress): VirtualAddress {
  return service.type === 'fwmark'
    ? { address: String(service.mark), port: 0 }
    : { address: service.address, port: service.port }
}

/** Its name, else its kind, else its kind and port, else its kind and place in the list. */
function labelsOf(
  templates: readonly CheckTemplate[],
  remark: (remark: Remark) => void,
): readonly string[] {
  const taken = new Set<string>()
  for (const { name, merged } of templates) {
    if (name === undefined) continue
    if (taken.has(name)) {
      const message = `another check of this real server is called ${name}, too`
      const path = merged.keys.get('name')?.path ?? merged.path
      remark({ path, rule: 'duplicate-check-name', message })
    }
    taken.add(name)
  }
  return templates.map(({ name, check, port }, index) => {
    if (name !== undefined) return name
    const alone = templates.every((other, at) => at === index || other.check.kind !== check.kind)
    const wishes = [alone ? check.kind : undefined, port && `${check.kind}:${port}`, check.kind]
    const free = wishes.find((wish) => typeof wish === 'string' && !taken.has(wish))
    const label = typeof free === 'string' ? free : `${check.kind}#${index + 1}`
    taken.add(label)
    return label
  })
}
