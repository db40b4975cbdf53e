import type { Lab } from './lab.ts'

/** What the kernel of a director holds, as ipvsadm prints it, line by line in order of the text. */
export async function savedRules(lab: Lab, director: string): Promise<readonly string[]> {
  return sorted(await lab.must(director, ['ipvsadm', '-Sn']))
}

/**
 * The rows of a service as `web1=100`, in order of the text; a real server without a name has its
 * address. `service` is as in the rules: `-t 10.77.0.200:80`, `-f 7`.
 */
export async function rowsOf(
  lab: Lab,
  director: string,
  service: string,
  names: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const rules = await savedRules(lab, director)
  return rules
    .filter((rule) => rule.startsWith(`-a ${service} `))
    .map((rule) => {
      const [, host = '', weight = ''] = / -r (\S+):\d+ .*-w (\d+)/.exec(rule) ?? []
      return `${names[host] ?? host}=${weight}`
    })
    .sort()
}

/** The connections that are established, as `client -> real server`, in order of the text. */
export async function establishedConnections(
  lab: Lab,
  director: string,
): Promise<readonly string[]> {
  const lines = sorted(await lab.must(director, ['ipvsadm', '-Lnc']))
  return lines
    .map((line) => line.split(/\s+/))
    .filter(([, , state]) => state === 'ESTABLISHED')
    .map((columns) => `${columns[3]} -> ${columns[5]}`)
    .sort()
}

/** How many connections the kernel has counted for each row of a tcp service, by address. */
export async function connectionCounts(
  lab: Lab,
  director: string,
  service: string,
): Promise<ReadonlyMap<string, number>> {
  const command = ['ipvsadm', '-Ln', '--stats', '--exact', '-t', service]
  const lines = sorted(await lab.must(director, command))
  const rows = lines.map((line) => line.split(/\s+/)).filter(([arrow]) => arrow === '->')
  return new Map(rows.slice(0, -1).map(([, address = '', count]) => [address, Number(count)]))
}

/**
 * Shortens how long the kernel keeps a connection that the client has closed, by default 2 minutes:
 * a drain waits for these too.
 */
export async function forgetClosedConnectionsSoon(lab: Lab, director: string): Promise<void> {
  await lab.must(director, ['ipvsadm', '--set', '900', '2', '300'])
}

function sorted(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .sort()
}
