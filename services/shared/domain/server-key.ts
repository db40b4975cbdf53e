import { hostPort } from './ip-address.ts'
import type { TableServer } from './table.ts'

/** Identity of a row within its virtual service: `10.0.0.1:80`, `[2001:db8::1]:80`. */
export function serverKey(server: Pick<TableServer, 'address' | 'port'>): string {
  return hostPort(server.address, server.port)
}
