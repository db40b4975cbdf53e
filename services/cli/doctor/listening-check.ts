import { hostPort } from '../../shared/domain/ip-address.ts'
import { bad, type DoctorFinding, type Findings, ok, skipped } from './finding.ts'
import { type Host, type Place, placesOf, vipOf } from './host.ts'
import { type Listener, readListeners, takes } from './listening.ts'

/** Something takes what the director sends, at the address to which it comes. */
export async function checkListening(host: Host, isLittleEndian: boolean): Promise<Findings> {
  const places = placesOf(host)
  if (places.length === 0) return []
  const findings: DoctorFinding[] = []
  for (const place of places) findings.push(await listeningFinding(host, place, isLittleEndian))
  return [...new Map(findings.map((finding) => [finding.evidence, finding])).values()]
}

async function listeningFinding(
  host: Host,
  { service, server }: Place,
  isLittleEndian: boolean,
): Promise<DoctorFinding> {
  const { address } = service
  if (address.type === 'fwmark') {
    return skipped('listens', `${service.name} is a firewall mark, and takes any port`)
  }
  if (address.protocol === 'sctp') return skipped('listens', `${service.name} is SCTP`)
  const { protocol } = address
  const texts = await Promise.all(
    [protocol, `${protocol}6`].map((name) => host.view.readFile(`/proc/net/${name}`)),
  )
  if (texts.every((text) => text === undefined)) {
    return skipped('listens', `/proc/net/${protocol} cannot be read`)
  }
  const listeners = texts.flatMap((text): readonly Listener[] =>
    readListeners(text ?? '', protocol, isLittleEndian),
  )
  const isMasqueraded = server.forwarding === 'masquerade'
  const to = isMasqueraded ? server.address : (vipOf(service) ?? server.address)
  const where = `${hostPort(to, server.port)}/${protocol}`
  const { port } = server
  const family = isMasqueraded ? server.family : address.family
  if (takes(listeners, { address: to, port, family })) {
    return ok('listens', `something takes ${where}`)
  }
  const hint = isMasqueraded
    ? ''
    : '; packets come with the VIP as their destination, so bind to all addresses, or to it'
  const mend = `ss -ln${protocol === 'tcp' ? 't' : 'u'}p 'sport = :${port}'`
  return bad('listens', `nothing takes ${where} of ${service.name}${hint}`, mend)
}
