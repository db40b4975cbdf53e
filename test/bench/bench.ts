/** One figure of a benchmark, and what it is compared with in the same run. */
export interface Measure {
  readonly what: string
  readonly value: number
  readonly unit: string
  /** What `ratio` compares with: `wrk`. */
  readonly ratioTo?: string
  readonly ratio?: number
  /** For people: `at most 2.2`. */
  readonly goal?: string
  readonly met?: boolean
}

/** One benchmark: `npm run bench -- <name>` runs it alone. */
export interface Bench {
  readonly name: string
  readonly summary: string
  run(): Promise<readonly Measure[]>
}
