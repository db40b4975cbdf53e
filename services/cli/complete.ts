import type { Argument, Command, Option } from 'commander'

/** One way to go on, with a word about it. */
export interface Candidate {
  readonly word: string
  readonly about?: string
}

/** Where names come from that only the daemon knows; empty when it cannot be asked. */
export interface LiveNames {
  services(): Promise<readonly string[]>
  /** `web1`, and `web/web1`. */
  targets(): Promise<readonly string[]>
}

/**
 * How the last of these words can go on. Throws nothing: a line that makes no sense has no way to
 * go on.
 */
export async function complete(
  program: Command,
  words: readonly string[],
  names: LiveNames,
): Promise<readonly Candidate[]> {
  const started = words.at(-1) ?? ''
  const { command, given, pending } = walk(program, words.slice(0, -1))
  const candidates =
    pending !== undefined
      ? await valuesOf(pending.argChoices, nameOfOption(pending), names)
      : started.startsWith('-')
        ? optionsOf(command)
        : [...subcommandsOf(command, given), ...(await argumentsOf(command, given, names))]
  return candidates.filter(({ word }) => word.startsWith(started))
}

interface Place {
  readonly command: Command
  /** Arguments that are there already. */
  readonly given: number
  /** The option whose value comes next. */
  readonly pending: Option | undefined
}

function walk(program: Command, words: readonly string[]): Place {
  let command = program
  let given = 0
  let pending: Option | undefined
  for (const word of words) {
    if (pending !== undefined) {
      pending = undefined
      continue
    }
    const option = command.options.find(({ short, long }) => word === short || word === long)
    if (option !== undefined) pending = option.required || option.optional ? option : undefined
    else if (!word.startsWith('-')) {
      const next = given === 0 ? command.commands.find((each) => each.name() === word) : undefined
      if (next === undefined) given++
      else command = next
    }
  }
  return { command, given, pending }
}

function subcommandsOf(command: Command, given: number): readonly Candidate[] {
  if (given > 0) return []
  const visible = command.createHelp().visibleCommands(command)
  return visible.map((each) => ({ word: each.name(), about: each.description() }))
}

function optionsOf(command: Command): readonly Candidate[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .map(({ long, short, description }) => ({ word: long ?? short ?? '', about: description }))
}

async function argumentsOf(
  command: Command,
  given: number,
  names: LiveNames,
): Promise<readonly Candidate[]> {
  const all: readonly Argument[] = command.registeredArguments
  const last = all.at(-1)
  const argument = all[given] ?? (last?.variadic === true ? last : undefined)
  if (argument === undefined) return []
  return valuesOf(argument.argChoices, argument.name(), names)
}

function nameOfOption(option: Option): string {
  return option.long?.slice(2) ?? ''
}

/** What may stand there, told by choices or by the name of the place. */
async function valuesOf(
  choices: readonly string[] | undefined,
  name: string,
  names: LiveNames,
): Promise<readonly Candidate[]> {
  if (choices !== undefined) return choices.map((word) => ({ word }))
  if (name === 'target') return (await names.targets()).map((word) => ({ word }))
  if (name === 'service') return (await names.services()).map((word) => ({ word }))
  return []
}
