import { formatAmount } from '../../shared/domain/amount.ts'
import { formatDuration } from '../../shared/domain/duration.ts'
import type { Override } from '../../shared/domain/override.ts'
import type { ServerTarget } from '../../shared/domain/server-target.ts'
import type { OperatorRequest } from './event.ts'

/** What an operator asked for, and what it replaces, in one line. */
export function operatorMessage(
  request: OperatorRequest,
  { server, service }: ServerTarget,
  before: Override | undefined,
): string {
  const where = service === undefined ? `${server} in all its services` : `${service}/${server}`
  const { owner, reason, forMs } = request
  const until = forMs === undefined ? '' : ` for ${formatDuration(forMs)}`
  const why = reason === '' ? '' : `: ${reason}`
  return `${owner} asked to ${act(request, where)}${until}${why}${replaced(request, before)}`
}

function act(request: OperatorRequest, where: string): string {
  switch (request.verb) {
    case 'enable':
      return `enable ${where}`
    case 'maintenance':
      return `put ${where} into maintenance`
    case 'weight':
      return request.weight === 'configured'
        ? `give ${where} the configured weight`
        : `give ${where} weight ${formatAmount(request.weight)}`
    case 'drain': {
      const { deadlineMs, atDeadline = 'keep', hold } = request
      const deadline =
        deadlineMs === undefined ? '' : ` within ${formatDuration(deadlineMs)}, then ${atDeadline}`
      return `drain ${where}${deadline}${hold === true ? ' and hold it' : ''}`
    }
  }
}

function replaced({ verb }: OperatorRequest, before: Override | undefined): string {
  if (before === undefined) return ''
  const { kind, owner, reason } = before
  const what = `${kind} by ${owner}${reason === '' ? '' : ` (${reason})`}`
  return verb === 'enable' ? `; this ends ${what}` : `; this replaces ${what}`
}
