import type { Lab } from './lab.ts'

/** What the kernel of a director holds, as ipvsadm prints it, line by line in order of the text. */
export async function savedRules(lab: Lab, director: string): Promise<readonly string[]> {
  const text = await lab.must(director, ['ipvsadm', '-Sn'])
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .sort()
}

/**
 * The rows of a service as `web1=100`, by name in order; a real server without a name has its
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
