import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { openInfluxHistory } from '../../services/shared/adapters/influx/influx-history.ts'
import { createSystemClock } from '../../services/shared/adapters/system-clock.ts'
import { type InfluxServer, startInflux } from '../support/influx-server.ts'
import { historyContract } from './history-contract.ts'

let influx: InfluxServer
let count = 0

beforeAll(async () => {
  influx = await startInflux()
}, 30_000)
afterAll(() => influx.dispose())

historyContract('InfluxDB', async () => {
  const stateDir = mkdtempSync(join(tmpdir(), 'warden-history-'))
  const database = `lvs_${count++}`
  const open = () => openInfluxHistory({ url: influx.url, database, stateDir }, createSystemClock())
  let history = open()
  return {
    history,
    async reopen() {
      await history.close()
      history = open()
      return history
    },
    async dispose() {
      await history.close()
      await influx.query(`DROP DATABASE ${database}`)
      rmSync(stateDir, { recursive: true, force: true })
    },
  }
})
