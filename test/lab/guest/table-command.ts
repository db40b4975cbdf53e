import { createKernelTable } from '../../../services/shared/adapters/kernel-table.ts'
import type { Change } from '../../../services/shared/domain/table.ts'

// `apply '<changes as JSON>'`, `read` or `describe` on the kernel's table; prints JSON.
const [, , verb, argument = '[]'] = process.argv
const table = createKernelTable()
try {
  if (verb === 'apply') print(await table.apply(JSON.parse(argument) as Change[]))
  else if (verb === 'read') print(await table.read())
  else print(await table.describe())
} catch (error) {
  print({ code: (error as { code?: string }).code, message: String(error) })
  process.exitCode = 1
}
table.close()

function print(value: unknown): void {
  console.log(JSON.stringify(value))
}
