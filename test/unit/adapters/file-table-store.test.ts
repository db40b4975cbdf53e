import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createFileTableStore } from '../../../services/shared/adapters/file-table-store.ts'
import type { KeptTable } from '../../../services/shared/domain/kept-table.ts'
import { webService } from '../../support/director-world.ts'

let folder: string

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lvs-warden-table-'))
})

afterEach(() => rmSync(folder, { recursive: true, force: true }))

const kept = (generation: number): KeptTable => ({
  boot: 'one',
  table: { epoch: 1, generation, services: [webService({ '10.0.0.11': 100 })] },
})

test('what was saved last is there again, for each director its own', async () => {
  const state = join(folder, 'made', 'by', 'itself')
  const store = createFileTableStore(state, 'lb1')
  expect(await store.load()).toBeUndefined()
  await store.save(kept(1))
  await store.save(kept(2))
  await store.close()
  const again = createFileTableStore(state, 'lb1')
  expect(await again.load()).toEqual(kept(2))
  await again.close()
  const other = createFileTableStore(state, 'lb2')
  expect(await other.load()).toBeUndefined()
  await other.close()
})

test('a damaged file counts as none and is set aside', async () => {
  writeFileSync(join(folder, 'lb1.table'), 'deadbeef {"v":1}\n')
  const store = createFileTableStore(folder, 'lb1')
  expect(await store.load()).toBeUndefined()
  await store.save(kept(3))
  await store.close()
  expect(await createFileTableStore(folder, 'lb1').load()).toEqual(kept(3))
  expect(readdirSync(folder).filter((name) => name.includes('.corrupt-'))).toHaveLength(1)
})

test('a folder that cannot be made is refused, and tried again', async () => {
  const blocked = join(folder, 'file')
  writeFileSync(blocked, '')
  const store = createFileTableStore(blocked, 'lb1')
  await expect(store.save(kept(1))).rejects.toMatchObject({ retryable: true })
  rmSync(blocked)
  await store.save(kept(1))
  await store.close()
  expect(await createFileTableStore(blocked, 'lb1').load()).toEqual(kept(1))
})

test('the name of the life of a kernel is the one that it gives itself', async () => {
  const file = join(folder, 'boot_id')
  writeFileSync(file, '2a1f\n')
  expect(await createFileTableStore(folder, 'lb1', file).bootId()).toBe('2a1f')
  expect(await createFileTableStore(folder, 'lb1', join(folder, 'none')).bootId()).toBeUndefined()
})
