import type { Alert } from '../../shared/domain/alert.ts'
import type { HookCommand, HookName } from '../../shared/domain/hooks.ts'
import type { LogEvent } from '../../shared/domain/log-event.ts'
import type { Override } from '../../shared/domain/override.ts'
import type { Table } from '../../shared/domain/table.ts'

/** Everything that a controller can ask its shell to do. */
export type Command =
  | {
      readonly type: 'publish-table'
      /** Who is to hold it; others have a command of their own. */
      readonly directors: readonly string[]
      readonly generation: number
      readonly services: Table
    }
  | { readonly type: 'record-event'; readonly event: LogEvent }
  | { readonly type: 'raise-alert'; readonly alert: Alert }
  | { readonly type: 'clear-alert'; readonly alert: Alert; readonly at: number }
  | { readonly type: 'put-override'; readonly override: Override }
  | { readonly type: 'delete-override'; readonly key: string }
  | {
      readonly type: 'run-hook'
      readonly hook: HookName
      readonly service: string
      readonly server?: string
      readonly command: HookCommand
      readonly environment: Readonly<Record<string, string>>
    }
