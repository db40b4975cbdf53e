import { answerVerb } from '../shared/coordination/answer-verb.ts'
import { formatTarget } from '../shared/domain/server-target.ts'
import { api } from '../shared/wire/api.ts'
import type { WindowAddRequest, WindowRemoveRequest } from '../shared/wire/api-windows.ts'
import { logEventMessage } from '../shared/wire/log-event-message.ts'
import { findTarget } from './find-target.ts'
import type { WindowKeeper } from './maintenance/window-keeper.ts'
import type { ControllerPorts, ControllerShell } from './shell.ts'

/** Answers what operators ask about maintenance windows; returns how to stop answering. */
export function answerWindows(
  cluster: string,
  { bus, clock }: ControllerPorts,
  shell: ControllerShell,
  keeper: WindowKeeper,
): (() => void)[] {
  const list = () => ({ windows: [...keeper.list(clock.now())] })

  async function record(by: string, to: string, message: string): Promise<void> {
    const event = { at: clock.now(), type: 'operator', by, to, message } as const
    await shell.log.append(logEventMessage.encode(event))
  }

  async function add({ window, owner }: WindowAddRequest) {
    for (const target of window.targets) findTarget(shell.core.state, formatTarget(target))
    await keeper.add(window)
    const why = window.reason === '' ? '' : `: ${window.reason}`
    await record(owner, 'window-add', `${owner} made the maintenance window ${window.name}${why}`)
    return list()
  }

  async function remove({ name, owner, reason }: WindowRemoveRequest) {
    await keeper.remove(name)
    const why = reason === '' ? '' : `: ${reason}`
    await record(owner, 'window-remove', `${owner} removed the maintenance window ${name}${why}`)
    return list()
  }

  return [
    answerVerb(bus, cluster, api.windows, async () => list()),
    answerVerb(bus, cluster, api.windowAdd, add),
    answerVerb(bus, cluster, api.windowRemove, remove),
  ]
}
