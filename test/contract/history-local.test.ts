import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLocalHistory } from '../../services/shared/adapters/local-history/local-history.ts'
import { createSystemClock } from '../../services/shared/adapters/system-clock.ts'
import { historyContract } from './history-contract.ts'

historyContract('local files', async () => {
  const stateDir = mkdtempSync(join(tmpdir(), 'warden-history-'))
  const open = () => openLocalHistory({ stateDir }, createSystemClock())
  let history = await open()
  return {
    history,
    async reopen() {
      await history.close()
      history = await open()
      return history
    },
    async dispose() {
      await history.close()
      rmSync(stateDir, { recursive: true, force: true })
    },
  }
})
