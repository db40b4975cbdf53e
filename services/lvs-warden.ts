#!/usr/bin/env node
import { ServiceError } from './shared/runtime/service-error.ts'
import { createWardenProgram } from './warden-program.ts'

try {
  await createWardenProgram().parseAsync()
} catch (error) {
  if (!(error instanceof ServiceError)) throw error
  process.stderr.write(`lvs-warden: ${error.message}\n`)
  process.exitCode = 1
}
