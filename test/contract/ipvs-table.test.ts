import { describe, test } from 'vitest'
import { createMemoryTable } from '../../services/shared/adapters/memory-table.ts'
import { ipvsTableContract } from './ipvs-table-contract.ts'

describe('memory table', () => {
  for (const { name, run } of ipvsTableContract) test(name, () => run(createMemoryTable()))
})
