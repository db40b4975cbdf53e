import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { defineCheck, fail, inconclusive, type Outcome, pass } from './check.ts'
import { exchangeDatagrams } from './datagram.ts'
import { durationOption, optionMs } from './duration-option.ts'
import { type NtpAnswer, ntpOffsetMs, ntpRequest, readNtp } from './ntp-packet.ts'
import { show } from './show.ts'

const options = z.strictObject({
  maxStratum: z
    .int()
    .min(1)
    .max(15)
    .default(15)
    .describe('Largest distance from a reference clock that passes; 1 is a reference clock.'),
  maxOffset: durationOption
    .optional()
    .describe(
      "Largest difference from the prober's own clock; without it the time is not looked at.",
    ),
})

type NtpOptions = z.infer<typeof options>

/** Passes when a time server answers and says that its clock is synchronised. No clock is set. */
export const ntp = defineCheck<NtpOptions>({
  kind: 'ntp',
  summary: 'Passes when an NTP server answers and says that its clock is synchronised.',
  options,
  example: '{ type: ntp, maxStratum: 4, maxOffset: 500ms, interval: 64s }',
  codes: {
    'ntp.unsynchronised': 'The server follows no clock: leap 3, stratum 0 or 16.',
    'ntp.stratum': 'It is too far from a reference clock.',
    'ntp.offset': "Its time is too far from the prober's.",
    'ntp.denied': 'It does not answer us.',
    'ntp.garbage': "What came is no NTP server's answer.",
    'ntp.rate': 'Inconclusive: it wants to be asked less often.',
  },
  withoutTcp: true,
  run(target, written, context) {
    const cookie = randomBytes(8)
    const sentAtMs = Date.now()
    return exchangeDatagrams<Outcome>(
      {
        name: 'ntp',
        request: ntpRequest(cookie),
        waitsFor: 'answer',
        read(datagram) {
          const answer = readNtp(datagram)
          if (answer === undefined || answer.mode !== 4) return garbage(datagram)
          if (!answer.origin.equals(cookie)) return undefined
          return judge(answer, written, ntpOffsetMs(answer, sentAtMs, Date.now()))
        },
        shown: 'NTP version 4 client request',
        showAnswer(datagram) {
          const answer = readNtp(datagram)
          if (answer === undefined) return `${datagram.length} bytes`
          const { mode, stratum, leap } = answer
          return `NTP mode ${mode}, stratum ${stratum}, leap ${leap}, from ${nameOf(answer)}`
        },
      },
      target,
      context,
    )
  },
})

/** Kisses that say that we are not wanted (RFC 5905 section 7.4). */
const REFUSALS = ['DENY', 'RSTR']
/** It wants longer intervals, which is no fault of the server. */
const TOO_OFTEN = 'RATE'

function judge(answer: NtpAnswer, { maxStratum, maxOffset }: NtpOptions, offset: number): Outcome {
  const { stratum, leap } = answer
  const name = nameOf(answer)
  if (stratum === 0 && name === TOO_OFTEN) {
    return inconclusive('ntp.rate', 'the server wants fewer questions; make the interval longer')
  }
  if (stratum === 0 && REFUSALS.includes(name)) {
    return fail('protocol', 'ntp.denied', `want the time, got the kiss of death ${name}`)
  }
  // Unsynchronised is 16 in the server and 0 on the wire (RFC 5905 section 7.3).
  if (stratum === 0 || stratum > 15 || leap === 3) {
    const got = `stratum ${stratum}, leap ${leap}${name === '' ? '' : `, ${name}`}`
    return fail('content', 'ntp.unsynchronised', `want a synchronised clock, got ${got}`)
  }
  if (stratum > maxStratum) {
    return fail('content', 'ntp.stratum', `want stratum ${maxStratum} at most, got ${stratum}`)
  }
  const got = `${offset.toFixed(1)} ms`
  if (maxOffset !== undefined && Math.abs(offset) > optionMs(maxOffset)) {
    const detail = `want at most ${maxOffset} from the prober's clock, got ${got}`
    return fail('content', 'ntp.offset', detail)
  }
  const dispersion = `root dispersion ${answer.rootDispersionMs.toFixed(1)} ms`
  return pass(`stratum ${stratum} from ${name}, offset ${got}, ${dispersion}`)
}

/** Four letters at stratum 0 and 1, else an address or a hash of one. */
function nameOf({ reference, stratum }: NtpAnswer): string {
  if (stratum <= 1) return show(reference.toString('latin1').replace(/\0+$/, ''), 4)
  return [...reference].join('.')
}

function garbage(datagram: Buffer): Outcome {
  const got = `${datagram.length} bytes that are none`
  return fail('protocol', 'ntp.garbage', `want an NTP server's answer, got ${got}`)
}
