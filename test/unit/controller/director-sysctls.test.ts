import { expect, test } from 'vitest'
import { createControllerCore } from '../../../services/controller/core/controller-core.ts'
import type { SysctlState } from '../../../services/shared/domain/sysctl.ts'
import { buildReport } from '../../support/cluster-builder.ts'

const NAME = { name: 'expire_nodest_conn', value: 0, wanted: 1 } as const

function coreThatHears() {
  const core = createControllerCore()
  core.handle({ type: 'overrides-loaded', at: 0, overrides: [] })
  return (...sysctls: SysctlState[]) => {
    const commands = core.handle({
      type: 'director-reported',
      at: 1,
      report: buildReport({ sysctls }),
    })
    return commands.flatMap((command) =>
      'alert' in command ? [`${command.type} ${command.alert.message}`] : [],
    )
  }
}

test('a setting that a director cannot make raises an alert that says which and why, once', () => {
  const hear = coreThatHears()
  const broken = { ...NAME, problem: 'read-only here' }
  expect(hear(broken)).toEqual([
    'raise-alert director lb1 cannot make its kernel as asked: ' +
      'net.ipv4.vs.expire_nodest_conn: read-only here',
  ])
  expect(hear(broken)).toEqual([])
  expect(hear({ ...NAME, value: 1 })).toEqual([expect.stringMatching(/^clear-alert/)])
})

test('the alert is raised anew when it is about something else', () => {
  const hear = coreThatHears()
  hear({ ...NAME, problem: 'read-only here' })
  expect(hear({ ...NAME, problem: 'no right' })).toEqual([
    expect.stringMatching(/^clear-alert .*read-only here$/),
    expect.stringMatching(/^raise-alert .*no right$/),
  ])
})
