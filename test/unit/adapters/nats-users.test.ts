import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  rolePermissions,
  usersConfig,
} from '../../../services/shared/adapters/nats/server-config.ts'
import { BUS_ROLES } from '../../../services/shared/wire/bus-role-needs.ts'
import { projectDir } from '../../support/source-files.ts'

const EXAMPLE = join(projectDir, 'examples', 'nats', 'users.conf')

test('the example is what lvs-warden nats-users prints', () => {
  const printed = usersConfig('shop', 'passwords.conf')
  if (process.env['REWRITE']) writeFileSync(EXAMPLE, printed)
  expect(readFileSync(EXAMPLE, 'utf8')).toBe(printed)
})

test('only an admin may do more than one cluster', () => {
  for (const role of BUS_ROLES) {
    const { publish, subscribe } = rolePermissions(role, 'shop')
    const foreign = [...publish, ...subscribe].filter(
      (subject) =>
        !/^(lvs\.shop\.|lvs-log\.shop-|\$KV\.shop-|\$JS\.(API|FC)\..*shop-)/.test(subject),
    )
    expect(foreign).toEqual(role === 'admin' ? ['>', '>'] : [`_INBOX.${role}.>`])
  }
})

test('only controllers make stores, and only they and directors write what they serve by', () => {
  const may = (subject: string) =>
    BUS_ROLES.filter((role) => rolePermissions(role, 'shop').publish.includes(subject))
  expect(may('$JS.API.STREAM.CREATE.KV_shop-lease')).toEqual(['controller'])
  expect(may('$KV.shop-overrides.>')).toEqual(['controller'])
  expect(may('$KV.shop-directors.>')).toEqual(['director'])
  expect(may('lvs.shop.table.*')).toEqual(['controller'])
  expect(may('lvs.shop.leading')).toEqual(['controller'])
})
