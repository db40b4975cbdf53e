import { eventually } from './eventually.ts'
import type { Lab } from './lab.ts'

/** Somebody who reads a kernel's table again and again. */
export interface RulesWatch {
  /**
   * Different tables in the order in which they were seen, each line by line in order of the text.
   */
  seen(): readonly string[]
  /** Resolves when it has read the table so often from now on. */
  reads(count: number): Promise<void>
  stop(): void
}

/** Reads what a director's kernel holds, about twice a second, until it is stopped. */
export function watchRules(lab: Lab, director: string): RulesWatch {
  const loop = 'while :; do ipvsadm -Sn; echo .; sleep 0.4; done'
  const running = lab.spawn(director, ['sh', '-c', loop])
  const all = () =>
    running
      .output()
      .split('.\n')
      .slice(0, -1)
      .map((text) => text.split('\n').sort().join('\n'))
  return {
    seen: () => all().filter((table, index, tables) => table !== tables[index - 1]),
    async reads(count) {
      const until = all().length + count
      await eventually('the table is read', () => all().length >= until, 30_000)
    },
    stop: () => running.signal('SIGKILL'),
  }
}
