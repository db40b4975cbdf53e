import { ServiceError } from '../../shared/runtime/service-error.ts'
import { type CliContext, printJson } from '../cli-context.ts'
import { EXIT, type ExitCode } from '../exit-code.ts'
import { findCluster } from '../find-cluster.ts'
import { type RenderFormat, renderSetup } from '../render/formats.ts'
import { directorSetup, realServerSetup } from '../render/host-setup.ts'

/** The command line of `lvsctl render`. */
export interface RenderOptions {
  /** Name of the real server; absent for a director. */
  readonly server?: string
  readonly format: RenderFormat
  /** A cluster file; the daemon's when absent. */
  readonly file?: string
  readonly director?: string
  readonly interface: string
}

/** `lvsctl render realserver NAME | director`: prints the set-up of a machine; changes nothing. */
export async function runRender(context: CliContext, options: RenderOptions): Promise<ExitCode> {
  const { io, json } = context
  const { server, format, director } = options
  const { cluster, problem, daemon } = await findCluster(context, options.file)
  if (cluster === undefined) {
    throw new ServiceError(
      'cli.unreachable',
      daemon?.isThere ? `${problem}` : `${daemon?.evidence}; say --cluster FILE`,
    )
  }
  const known = { interface: options.interface, ...(director !== undefined && { director }) }
  const setup =
    server === undefined ? directorSetup(cluster, known) : realServerSetup(cluster, server, known)
  const text = renderSetup(setup, format)
  if (json) printJson(io, { ...setup, format, text })
  else io.out(text)
  return EXIT.ok
}
