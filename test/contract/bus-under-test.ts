import { createHash } from 'node:crypto'
import type { Bus } from '../../services/shared/ports/bus.ts'

/** A bus to be tested, and what only the adapter knows. */
export interface BusUnderTest {
  readonly bus: Bus
  /** Resolves when everything published so far has been delivered. */
  settled(): Promise<void>
  /** Closes the bus and frees what it stood on. */
  dispose(): Promise<void>
}

/** Makes an empty bus. */
export type Start = () => Promise<BusUnderTest>

/** What two equal payloads share; comparing large ones byte by byte takes vitest minutes. */
export function digest(payload: Uint8Array | undefined): string {
  const hash = createHash('sha256').update(payload ?? 'none')
  return `${payload?.constructor.name} ${payload?.length} ${hash.digest('hex')}`
}

/** Text as a payload. */
export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

/** A payload as text. */
export function text(payload: Uint8Array | undefined): string {
  return new TextDecoder().decode(payload)
}
