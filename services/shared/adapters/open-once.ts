import { checkStoreName } from './subject.ts'

/**
 * One instance for each name; a failed opening may be tried again. Throws a `RangeError` for a name
 * that is none.
 */
export function openOnce<Store>(
  known: Map<string, Promise<Store>>,
  name: string,
  open: (name: string) => Promise<Store>,
): Promise<Store> {
  checkStoreName(name)
  const present = known.get(name)
  if (present !== undefined) return present
  const opening = open(name)
  known.set(name, opening)
  opening.catch(() => known.delete(name))
  return opening
}
