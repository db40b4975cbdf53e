/** Tells the person at the machine, or its journal, how the first administrator comes in. */
export function showSetupLink(link: string): void {
  process.stderr.write(`Nobody can log in yet. The first administrator opens, once:\n  ${link}\n`)
}
