import { describe } from 'vitest'
import { labObstacle } from './lab-obstacle.ts'

/** A suite that needs the lab; where there can be none it is skipped and its title says why. */
export function describeLab(name: string, suite: () => void): void {
  const obstacle = labObstacle()
  if (obstacle === undefined) describe(name, suite)
  else describe.skip(`${name} (left out: ${obstacle})`, suite)
}
