import type { Logger } from '../runtime/logger.ts'
import { ServiceError } from '../runtime/service-error.ts'

/**
 * Trouble outside is logged; a programmer's error ends the process, and the kernel keeps its table.
 */
export function reportOrDie(logger: Logger, error: unknown, where: string): void {
  logger.error({ error, where }, 'failed')
  if (error instanceof ServiceError || isSystemError(error)) return
  queueMicrotask(() => {
    throw error
  })
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error
}
