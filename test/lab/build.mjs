// Before the tests of the lab: guests run the daemon and lvsctl from the build, so there must be one.
import { ensureBuilt, ensureInstalled } from '../../services/standalone/bootstrap.mjs'

/** What vitest calls once before all files of the project. */
export function setup() {
  ensureInstalled()
  ensureBuilt()
}
