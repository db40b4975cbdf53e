/** Reads a firewall mark as ipvsadm prints it: as a signed number, so that 4294967295 is -1. */
export function parseMark(text: string): number | undefined {
  return /^-?\d+$/.test(text) ? Number(text) >>> 0 : undefined
}
