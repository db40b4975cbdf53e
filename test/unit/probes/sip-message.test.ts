import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseSipResponse, sipOptionsRequest } from '../../../probes/sip-message.ts'

test('a SIP request says where its answer goes, over both families', () => {
  const parts = { transport: 'UDP', uri: 'sip:a@b', from: 'sip:c@d', token: 'ab12' } as const
  const four = sipOptionsRequest({ ...parts, local: { address: '192.0.2.1', port: 7 } })
  expect(four.text).toContain('\r\nVia: SIP/2.0/UDP 192.0.2.1:7;branch=z9hG4bKab12;rport\r\n')
  const six = sipOptionsRequest({ ...parts, local: { address: '2001:db8::1', port: 7 } })
  expect(six.text).toContain('\r\nVia: SIP/2.0/UDP [2001:db8::1]:7;branch=z9hG4bKab12;rport\r\n')
})

test('a request is no response, and neither is anything else', () => {
  const request = { branch: 'z9hG4bKx', callId: 'y' }
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(parseSipResponse(text, request)).toBeUndefined()
      const head = `SIP/2.0 200 OK\r\n${text}`
      expect(parseSipResponse(head, request)?.isOurs).toBe(false)
    }),
  )
  expect(parseSipResponse('OPTIONS sip:a SIP/2.0\r\nSIP/2.0 200 OK\r\n', request)).toBeUndefined()
})
