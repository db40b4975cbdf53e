/** How many connections there were when. */
export interface Sample {
  /** Milliseconds since the epoch. */
  readonly at: number
  readonly connections: number
}

/** How a draining real server's connections go; bounded, the latest densest. */
export interface Decay {
  /** Connections when the drain began. */
  readonly first: Sample
  readonly samples: readonly Sample[]
  /** Time between two samples; doubles when there are too many. */
  readonly spacingMs: number
}

const MAX_SAMPLES = 64
const FIRST_SPACING_MS = 1000
/** A guess from less is worth nothing. */
const MIN_SAMPLES = 4
const MIN_SPAN_MS = 3000

/** Takes one more reading in; every second one of the old is dropped when there are too many. */
export function addSample(decay: Decay | undefined, sample: Sample): Decay {
  if (decay === undefined) {
    return { first: sample, samples: [sample], spacingMs: FIRST_SPACING_MS }
  }
  const last = decay.samples.at(-1)
  if (last !== undefined && sample.at - last.at < decay.spacingMs) return decay
  const samples = [...decay.samples, sample]
  if (samples.length <= MAX_SAMPLES) return { ...decay, samples }
  const thinned = samples.filter((_, index) => index % 2 === 1)
  return { ...decay, samples: thinned, spacingMs: decay.spacingMs * 2 }
}

/**
 * How long until nothing is left, in milliseconds, if connections go on ending as they did: a line
 * through the logarithms of the later half, for what ends at random ends exponentially.
 * `undefined` when they do not fall, or too little is known.
 */
export function timeLeft({ samples }: Decay): number | undefined {
  const last = samples.at(-1)
  if (last === undefined || last.connections === 0) return last === undefined ? undefined : 0
  const recent = samples.slice(-Math.max(MIN_SAMPLES, Math.ceil(samples.length / 2)))
  const [begin] = recent
  if (begin === undefined || recent.length < MIN_SAMPLES) return undefined
  if (last.at - begin.at < MIN_SPAN_MS) return undefined
  const rate = -slope(recent.map((one) => [one.at - begin.at, Math.log(one.connections + 0.5)]))
  // Slower than one part in a million a second is standing still.
  if (rate <= 1e-9) return undefined
  return Math.log((last.connections + 0.5) / 0.75) / rate
}

/** Least squares. */
function slope(points: readonly (readonly [number, number])[]): number {
  const n = points.length
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / n
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / n
  const top = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0)
  const bottom = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0)
  return bottom === 0 ? 0 : top / bottom
}
