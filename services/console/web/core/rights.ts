import { grantsService, includesRole } from '../../../shared/domain/access.ts'
import type { Session } from '../../../shared/wire/access-api.ts'

/**
 * True when orders about `service/server` are not in vain. It only decides what is shown: the API
 * refuses all the same.
 */
export function mayOrder({ role, services }: Session, target: string): boolean {
  if (!includesRole(role, 'operator')) return false
  const [service = ''] = target.split('/')
  return services === undefined || grantsService(services, service)
}
