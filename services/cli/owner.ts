import { userInfo } from 'node:os'

/** Who gives the order: behind sudo the person, not root. */
export function ownerName(
  env: Readonly<Record<string, string | undefined>>,
  name: () => string = () => userInfo().username,
): string {
  const person = env['SUDO_USER'] || env['DOAS_USER']
  if (person) return person
  try {
    return name()
  } catch {
    // An identity without a line in passwd, as in some containers.
    return `uid ${process.getuid?.() ?? 'unknown'}`
  }
}
