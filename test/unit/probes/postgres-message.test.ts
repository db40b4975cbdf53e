import { expect, test } from 'vitest'
import * as postgres from '../../../probes/postgres-message.ts'
import { scramClientFirst, scramProof } from '../../../probes/scram.ts'
import { assertTakesAnyBytes } from '../../support/only-malformed.ts'

test('SCRAM-SHA-256 says and believes what the example of RFC 7677 does', async () => {
  const nonce = 'rOprNGfwEbeRWgbNEkqO'
  expect(scramClientFirst('user', nonce)).toBe(`n,,n=user,r=${nonce}`)
  const both = `${nonce}%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0`
  const first = `r=${both},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`
  const proof = await scramProof('user', 'pencil', nonce, first)
  expect(proof.message).toBe(`c=biws,r=${both},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=`)
  expect(proof.isServerFinal('v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=')).toBe(true)
  expect(proof.isServerFinal('v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=')).toBe(false)
  expect(proof.isServerFinal('e=other-error')).toBe(false)
})

test('messages of PostgreSQL have the lengths that they say', () => {
  const startup = postgres.startupMessage({ user: 'ü' })
  expect(startup.toString('hex')).toBe('000000110003000075736572 00c3bc0000'.replace(' ', ''))
  expect(startup.readUInt32BE(0)).toBe(startup.length)
  const query = postgres.clientMessage('Q', 'SELECT 1\0')
  expect(postgres.measureMessage(query)).toBe(query.length)
  expect(postgres.measureMessage(query.subarray(0, 4))).toBeUndefined()
})

test('readers of PostgreSQL take any bytes', () => {
  assertTakesAnyBytes(postgres.measureMessage)
  assertTakesAnyBytes(postgres.decodeError)
  assertTakesAnyBytes(postgres.decodeFirstColumn)
  assertTakesAnyBytes(postgres.decodeAuthentication)
})
