import { type Family, parseIpAddress } from '../../domain/ip-address.ts'

/** Reads `10.0.0.1:80` or `[2001:db8::1]:80`, the address made canonical; else `undefined`. */
export function parseHostPort(
  text: string,
): { readonly address: string; readonly family: Family; readonly port: number } | undefined {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text)
  const ip = parseIpAddress(match?.[1] ?? match?.[2] ?? '')
  const port = Number(match?.[3])
  if (ip === undefined || port > 65_535) return undefined
  return { address: ip.text, family: ip.family, port }
}
