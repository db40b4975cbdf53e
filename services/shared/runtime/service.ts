/** A part of the system that runs: made by a `create…` function, started and stopped once. */
export interface Service extends AsyncDisposable {
  /** Resolves when it does its work; throws a `ServiceError` when it cannot. */
  start(): Promise<void>
  /** Resolves when nothing of it is left running. Safe to call twice, and before `start`. */
  stop(): Promise<void>
}

/** Makes a service out of how to start and how to stop; both then happen at most once. */
export function createService(parts: Pick<Service, 'start' | 'stop'>): Service {
  let starting: Promise<void> | undefined
  let stopping: Promise<void> | undefined

  function start(): Promise<void> {
    starting ??= parts.start()
    return starting
  }

  /** Stopping waits for a start that is under way, whether it works out or not. */
  function stop(): Promise<void> {
    stopping ??= Promise.resolve(starting)
      .catch(() => undefined)
      .then(() => (starting === undefined ? undefined : parts.stop()))
    return stopping
  }

  return { start, stop, [Symbol.asyncDispose]: stop }
}
