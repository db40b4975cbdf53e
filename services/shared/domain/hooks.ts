/** A program and its arguments; the program is a file in the hook folder of a director. */
export type HookCommand = readonly string[]

/** What is run when a service as a whole becomes well or not. */
export interface ServiceHooks {
  readonly onQuorumUp?: HookCommand
  readonly onQuorumDown?: HookCommand
}

/** What is run when a real server comes up or goes down in a service. */
export interface ServerHooks {
  readonly onUp?: HookCommand
  readonly onDown?: HookCommand
}

/** Names of hooks as the cluster file has them. */
export type HookName = keyof ServiceHooks | keyof ServerHooks
