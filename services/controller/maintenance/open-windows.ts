import { objectionsTo } from '../objections.ts'
import type { ControllerShell } from '../shell.ts'
import type { WindowKeeper } from './window-keeper.ts'

/**
 * Takes out whom the open windows want out, unless the rest could not carry it: those are held back
 * with an alert, and looked at again with the next tick. Nothing is opened before the directors'
 * tables are known.
 */
export function openWindows(
  { core, feed }: Pick<ControllerShell, 'core' | 'feed'>,
  windows: WindowKeeper,
  at: number,
  onError: (error: unknown) => void,
): void {
  const { state } = core
  if (!state.isConfigured || !state.isAdopted) return
  const objections = (leaving: Parameters<typeof objectionsTo>[1]) => objectionsTo(state, leaving)
  const { due, held } = windows.due(state.overrides, objections, at)
  for (const { request, settled } of due) {
    feed({ type: 'operator-asked', at, request }).then(
      () => settled(true),
      (error: unknown) => {
        settled(false)
        onError(error)
      },
    )
  }
  if (held.length > 0 || state.heldWindows.size > 0) {
    feed({ type: 'windows-held', at, held }).catch(onError)
  }
}
