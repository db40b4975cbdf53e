import type { Argument, Command, Option } from 'commander'

/** What a page is made of beside its commands. */
export interface ManPage {
  readonly program: Command
  readonly section: 1 | 8
  readonly version: string
  readonly about: readonly string[]
  /** More sections: a title, then a term and what it means. */
  readonly lists: readonly (readonly [
    title: string,
    entries: readonly (readonly [term: string | number, meaning: string])[],
  ])[]
  readonly seeAlso: readonly string[]
}

/** A page in the macros of man(7), from the command line that `--help` is made from. */
export function manPage(page: ManPage): string {
  const { program, section, version } = page
  const name = program.name()
  const common = commonOptions(leaves(program))
  const lines = [
    '.\\" Made from the command line by npm run docs, not by hand.',
    `.TH ${name.toUpperCase()} ${section} "" "lvs-warden ${version}" "LVS Warden"`,
    '.SH NAME',
    `${roff(name)} \\- ${roff(lowered(program.description()))}`,
    '.SH SYNOPSIS',
    `.B ${roff(name)}`,
    '.I COMMAND',
    '[\\fIoptions\\fR] [\\fIarguments\\fR]',
    '.SH DESCRIPTION',
    ...page.about.flatMap((paragraph) => [roff(paragraph), '.PP']).slice(0, -1),
    '.SH COMMANDS',
    ...leaves(program).flatMap((command) => commandLines(command, common)),
    ...(common.length > 0 ? ['.SH OPTIONS OF MOST COMMANDS', ...common.flatMap(optionLines)] : []),
    ...page.lists.flatMap(([title, entries]) => [
      `.SH ${title}`,
      ...entries.flatMap(([term, meaning]) => ['.TP', `.B ${roff(String(term))}`, roff(meaning)]),
    ]),
    '.SH SEE ALSO',
    page.seeAlso.map((each) => each.replace(/^(\S+)\((\d)\)$/, '.BR $1 ($2)')).join(' ,\n'),
  ]
  return `${lines.join('\n')}\n`
}

/** Commands that do something, with those of groups in their places. */
function leaves(command: Command): readonly Command[] {
  const visible = command.createHelp().visibleCommands(command)
  return visible
    .filter((each) => each.name() !== 'help')
    .flatMap((each) => (each.commands.length > 0 ? leaves(each) : [each]))
}

/** Options that are the same in more than half of the commands stand in one place. */
function commonOptions(commands: readonly Command[]): readonly Option[] {
  const all = commands.flatMap(({ options }) => options)
  const times = (option: Option) => all.filter((other) => isSame(option, other)).length
  const many = all.filter((option) => times(option) > commands.length / 2)
  return many.filter((option, index) => many.findIndex((each) => isSame(each, option)) === index)
}

function isSame(one: Option, other: Option): boolean {
  return one.flags === other.flags && one.description === other.description
}

function commandLines(command: Command, common: readonly Option[]): readonly string[] {
  const options = command
    .createHelp()
    .visibleOptions(command)
    .filter(({ long }) => long !== '--help')
    .filter((option) => !common.some((each) => isSame(each, option)))
  const described = command.registeredArguments.filter(({ description }) => description !== '')
  const title = [pathOf(command), ...command.registeredArguments.map(placeOf)].join(' ')
  return [
    `.SS ${roff(title)}`,
    `${roff(capital(command.description()))}.`,
    ...described.flatMap((argument) => [
      '.TP',
      `.I ${roff(argument.name().toUpperCase())}`,
      roff(withChoices(argument)),
    ]),
    ...options.flatMap(optionLines),
  ]
}

function optionLines(option: Option): readonly string[] {
  return ['.TP', `.B ${roff(option.flags)}`, roff(withDefault(option))]
}

function pathOf(command: Command): string {
  const parent = command.parent
  return parent === null || parent.parent === null
    ? command.name()
    : `${pathOf(parent)} ${command.name()}`
}

function placeOf(argument: Argument): string {
  const name = argument.name().toUpperCase() + (argument.variadic ? '...' : '')
  return argument.required ? name : `[${name}]`
}

function withChoices({ description, argChoices }: Argument | Option): string {
  return argChoices === undefined ? description : `${description}: ${argChoices.join(', ')}`
}

function withDefault(option: Option): string {
  const { defaultValue } = option
  const isShown = defaultValue !== undefined && typeof defaultValue !== 'boolean'
  return withChoices(option) + (isShown ? ` (default ${defaultValue})` : '')
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1).replace(/\.$/, '')
}

function lowered(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1).replace(/\.$/, '')
}

/** roff(7): a backslash, a hyphen that is none, and a control character at the start of a line. */
function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('’', "'")
    .replace(/^([.'])/, '\\&$1')
}
