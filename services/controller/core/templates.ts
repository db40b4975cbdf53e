import type { CheckSpec, ProbeId } from '../../shared/domain/check-spec.ts'
import type { BreakerPolicy } from '../../shared/domain/guards.ts'
import { isFailing } from './standing.ts'
import type { ControllerState } from './state.ts'

/** One check as it was written once for many real servers. */
export interface Template {
  /** For people: the check's label. */
  readonly label: string
  /** Services that one of its targets serves in. */
  readonly services: Set<string>
  readonly targets: TemplateTarget[]
  failing: number
  /** When each target began to fail, in order; only while all of them fail. */
  onsets: readonly number[] | undefined
}

/** One probe of a template. */
export interface TemplateTarget {
  readonly template: Template
  /** When it began to fail; `undefined` while it does not. */
  since: number | undefined
}

/** Fewer targets say nothing about their check. */
const MIN_TARGETS = 3

/** Groups all probes by what they do, apart from whom they ask. */
export function collectTemplates(state: ControllerState, at: number): void {
  const before = state.targets
  const templates = new Map<string, Template>()
  state.targets = new Map()
  for (const [probe, readers] of state.readers) {
    const [first] = readers
    if (first === undefined) continue
    const key = templateKey(first.spec)
    let template = templates.get(key)
    if (template === undefined) {
      const { label } = first.spec
      template = { label, services: new Set(), targets: [], failing: 0, onsets: undefined }
      templates.set(key, template)
    }
    for (const { server } of readers) template.services.add(server.service.config.name)
    const since = isFailing(first) ? (before.get(probe)?.since ?? at) : undefined
    const target: TemplateTarget = { template, since }
    if (since !== undefined) template.failing++
    template.targets.push(target)
    state.targets.set(probe, target)
  }
  for (const template of templates.values()) noteOnsets(template)
}

/** Takes in what a probe has just seen; services of a template that all fail are decided anew. */
export function noteTemplate(state: ControllerState, probe: ProbeId, at: number): void {
  const target = state.targets.get(probe)
  const check = state.readers.get(probe)?.[0]
  if (target === undefined || check === undefined) return
  const failing = isFailing(check)
  if (failing === (target.since !== undefined)) return
  const { template } = target
  target.since = failing ? at : undefined
  template.failing += failing ? 1 : -1
  const wasComplete = template.onsets !== undefined
  noteOnsets(template)
  if (wasComplete === (template.onsets !== undefined)) return
  for (const name of template.services) state.dirty.add(name)
}

/** All targets of this template fail, and most of them began to within one window. */
export function failsAtOnce({ onsets }: Template, { share, withinMs }: BreakerPolicy): boolean {
  if (onsets === undefined) return false
  const many = Math.max(1, Math.ceil(share * onsets.length - 1e-9))
  const first = onsets[onsets.length - many]
  const last = onsets.at(-1)
  return first !== undefined && last !== undefined && last - first <= withinMs
}

function noteOnsets(template: Template): void {
  const { targets, failing } = template
  const isComplete = failing === targets.length && failing >= MIN_TARGETS
  template.onsets = isComplete
    ? targets.map(({ since = 0 }) => since).sort((a, b) => a - b)
    : undefined
}

/** The port is part of what is asked; the address is whom. */
function templateKey({ kind, label, target, options }: CheckSpec): string {
  return `${kind} ${label} ${target.port} ${JSON.stringify(options)}`
}
