import { createNatsBus, type NatsBus } from '../../services/shared/adapters/nats-bus.ts'
import type { Logger } from '../../services/shared/runtime/logger.ts'
import { type NatsFlags, readNatsSettings } from '../../services/shared/runtime/nats-settings.ts'

/** A bus of a test over NATS, and what it said. */
export interface NatsClient {
  readonly bus: NatsBus
  readonly errors: readonly unknown[]
  /** Codes of the errors that had one. */
  codes(): readonly string[]
  /** What was logged, without the fields. */
  readonly logged: readonly string[]
}

/** Connects with the flags of the command line. */
export async function connectNats(
  flags: NatsFlags,
  { role = 'test', name = 'one' }: { readonly role?: string; readonly name?: string } = {},
): Promise<NatsClient> {
  const errors: unknown[] = []
  const logged: string[] = []
  const say = (_: unknown, message: string) => logged.push(message)
  const logger: Logger = { debug: say, info: say, warn: say, error: say, child: () => logger }
  const bus = await createNatsBus({
    settings: readNatsSettings(flags),
    role,
    name,
    logger,
    onError: (error) => errors.push(error),
  })
  const codes = () =>
    errors.flatMap((error) =>
      error instanceof Error && 'code' in error ? [String(error.code)] : [String(error)],
    )
  return { bus, errors, codes, logged }
}
