/** Says why a part cannot do its work now; nothing when it can. Quick, never throws. */
export type PartCheck = () => string | undefined

/** A part of a process and how it is. */
export interface PartState {
  readonly part: string
  /** Why it is not ready; absent when it is. */
  readonly why?: string
}

/** Which parts of a process are ready for work; asked anew each time. */
export interface Readiness {
  /** Adds a part under its name, or replaces the one of that name; returns how to take it away. */
  add(part: string, check: PartCheck): () => void
  /** Every part, in the order in which they were added. */
  states(): readonly PartState[]
}

/** Makes an empty list of parts; a process without parts is ready. */
export function createReadiness(): Readiness {
  const parts = new Map<string, PartCheck>()
  return {
    add(part, check) {
      parts.set(part, check)
      return () => {
        if (parts.get(part) === check) parts.delete(part)
      }
    },
    states: () =>
      Array.from(parts, ([part, check]) => {
        const why = check()
        return why === undefined ? { part } : { part, why }
      }),
  }
}
