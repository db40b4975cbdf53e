import { isIP } from 'node:net'
import { ServiceError } from './service-error.ts'

/** Where a server listens. */
export interface ListenAddress {
  /** An IP address, or the name of one of this host. */
  readonly host: string
  /** 0: any free one. */
  readonly port: number
}

const MAX_PORT = 65_535

/**
 * Reads `ADDR:PORT`, `[v6]:PORT` or `:PORT` (all addresses). Throws `config.invalid` that names the
 * option.
 */
export function parseListenAddress(option: string, text: string): ListenAddress {
  const match = /^(?:\[(?<v6>[^\]]*)\]|(?<name>[^:[\]]*)):(?<port>\d{1,5})$/.exec(text)
  const { v6, name = '', port = '' } = match?.groups ?? {}
  const isGood = match !== null && (v6 === undefined || isIP(v6) === 6) && Number(port) <= MAX_PORT
  if (!isGood) {
    throw new ServiceError(
      'config.invalid',
      `${option}: want ADDRESS:PORT such as 127.0.0.1:9640 or [::1]:9640, got "${text}"`,
    )
  }
  return { host: v6 ?? (name === '' ? '::' : name), port: Number(port) }
}

/** `127.0.0.1:9640`, `[::1]:9640`. */
export function formatListenAddress({ host, port }: ListenAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
