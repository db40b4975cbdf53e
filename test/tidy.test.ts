import { describe, expect, test } from 'vitest'
import { projectDir, readSources, type SourceFile } from './support/source-files.ts'

const sources = readSources(['services', 'probes'], ['.ts', '.tsx'])
const scripts = readSources(['services', 'test'], ['.mjs'])
const tests = readSources(['test', 'vitest.config.ts'], ['.ts'])
/** What tests share; in the tests themselves a title may be as long as its sentence. */
const helpers = tests.filter(({ path }) => !path.endsWith('.test.ts'))
const texts = readSources(
  ['README.md', 'CHANGELOG.md', 'docs', 'examples', 'services', 'probes', 'test', 'package.json'],
  ['.md', '.yml', '.yaml', '.json', '.ts', '.mjs', '.sh'],
)

const SERVICES = ['prober', 'controller', 'director', 'historian', 'alerter', 'console', 'cli']

/** What the files of a folder may import: prefixes of project files, and packages. */
interface ImportRule {
  readonly of: RegExp
  readonly files: readonly string[]
  /** `node:` stands for all of Node's modules, `*` for every package. */
  readonly packages: readonly string[]
}

const SERVICE_ERROR = 'services/shared/runtime/service-error.ts'
const CRON_STARTS = 'services/shared/runtime/cron-starts.ts'
const DOMAIN = 'services/shared/domain/'
const WEB = 'services/console/web/'
const WIRE = 'services/shared/wire/'
/** The one thing of the bus that browsers run, too; all else of it brings schemas along. */
const DELTA = `${WIRE}apply-status-delta.ts`

/** The first rule that fits a file counts; those without one may import anything. */
const IMPORT_RULES: readonly ImportRule[] = [
  { of: /^probes\//, files: ['probes/'], packages: ['node:', '*'] },
  { of: /^services\/shared\/domain\//, files: [DOMAIN, 'probes/check.ts'], packages: [] },
  {
    of: /^services\/shared\/ports\//,
    files: [DOMAIN, 'services/shared/ports/'],
    packages: [],
  },
  {
    of: /^services\/shared\/wire\//,
    files: [DOMAIN, 'services/shared/wire/', SERVICE_ERROR, 'probes/check.ts'],
    packages: ['zod'],
  },
  {
    of: /^services\/shared\/runtime\//,
    files: [DOMAIN, 'services/shared/runtime/'],
    packages: ['node:', '*'],
  },
  {
    of: /^services\/shared\/adapters\//,
    files: ['ports', 'domain', 'wire', 'runtime', 'adapters'].map(
      (part) => `services/shared/${part}/`,
    ),
    packages: ['node:', '*'],
  },
  {
    of: /^services\/shared\/coordination\//,
    files: ['ports', 'domain', 'wire', 'runtime', 'coordination'].map(
      (part) => `services/shared/${part}/`,
    ),
    packages: [],
  },
  {
    of: /^services\/shared\/cluster-file\//,
    files: [DOMAIN, 'services/shared/cluster-file/', SERVICE_ERROR, CRON_STARTS, 'probes/'],
    packages: ['node:', 'yaml', 'zod'],
  },
  { of: /^services\/console\/web\/core\//, files: [`${WEB}core/`, DOMAIN, WIRE], packages: [] },
  {
    of: /^services\/console\/web\//,
    files: [WEB, DOMAIN, WIRE],
    packages: ['preact', 'preact/hooks', 'uplot', 'zod'],
  },
  ...SERVICES.flatMap((service): ImportRule[] => [
    {
      of: new RegExp(`^services/${service}/core/`),
      files: [`services/${service}/core/`, DOMAIN, 'probes/check.ts'],
      packages: [],
    },
    {
      of: new RegExp(`^services/${service}/(?!main\\.ts)`),
      files: [
        `services/${service}/`,
        ...['domain', 'ports', 'wire', 'runtime', 'coordination'].map(
          (part) => `services/shared/${part}/`,
        ),
        ...(['cli', 'console'].includes(service) ? ['services/shared/cluster-file/'] : []),
        ...(service === 'prober' ? ['probes/'] : ['probes/check.ts']),
      ],
      packages: ['node:', '*'],
    },
  ]),
]

/** Files that nothing imports because people or programs run them. */
const ENTRY_POINT = /^services\/(lvs-warden|[a-z-]+\/main|console\/web\/main)\.tsx?$/
const MAY_WRITE = /^services\/(cli\/|standalone\/demo|lvs-warden\.ts|[a-z-]+\/main\.ts)/

describe('imports', () => {
  test('each folder imports only what the layout allows', () => {
    expect(sources.flatMap(wrongImports)).toEqual([])
  })

  test('the pure parts take types alone from the probes', () => {
    const pure = sources.filter(({ path }) => isPure(path))
    const wrong = pure.flatMap(({ path, imports }) =>
      imports
        .filter(({ file, isTypeOnly }) => file?.startsWith('probes/') === true && !isTypeOnly)
        .map(({ from }) => `${path}: ${from}`),
    )
    expect(wrong).toEqual([])
  })

  test('what browsers run takes types alone from the bus and its schemas', () => {
    const web = sources.filter(({ path }) => path.startsWith(WEB))
    const wrong = web.flatMap(({ path, imports }) =>
      imports
        .filter(({ from, file, isTypeOnly }) => !isTypeOnly && isSchema(file ?? from))
        .map(({ from }) => `${path}: ${from}`),
    )
    expect(wrong).toEqual([])
  })

  test('every file is imported by another, or is an entry point', () => {
    const all = [...sources, ...scripts]
    const imported = new Set(all.flatMap(({ imports }) => imports.map(({ file }) => file)))
    const orphans = sources.map(({ path }) => path).filter((path) => !imported.has(path))
    expect(orphans.filter((path) => !ENTRY_POINT.test(path))).toEqual([])
  })
})

describe('the pure parts', () => {
  test('know no time, chance, process or output', () => {
    const impure =
      /\b(Date\b[.(]|new Date|Math\.random|set(?:Timeout|Interval|Immediate)|process\.)/
    const others = /\b(queueMicrotask|performance|console|fetch|globalThis)\b/
    const pure = sources.filter(({ path }) => isPure(path))
    expect(pure.length).toBeGreaterThan(5)
    expect(pure.flatMap((file) => linesWith(file, impure))).toEqual([])
    expect(pure.flatMap((file) => linesWith(file, others))).toEqual([])
  })
})

describe('size', () => {
  test('no file is longer than 300 lines, none in probes/ than 150', () => {
    const long = [...sources, ...helpers]
      .filter(({ path, lines }) => lines.length > (path.startsWith('probes/') ? 150 : 300))
      .map(({ path, lines }) => `${path}: ${lines.length} lines`)
    expect(long).toEqual([])
  })

  test('no function is longer than 70 lines', () => {
    expect(sources.flatMap((file) => longFunctions(file, 70))).toEqual([])
  })

  test('no line is longer than 100 columns', () => {
    const long = [...sources, ...helpers].flatMap(({ path, lines }) =>
      lines.flatMap((line, index) => ([...line].length > 100 ? [`${path}:${index + 1}`] : [])),
    )
    expect(long).toEqual([])
  })
})

describe('habits', () => {
  test('every export says what it is', () => {
    expect(sources.flatMap(undocumentedExports)).toEqual([])
  })

  test('nothing is exported as default', () => {
    const all = [...sources, ...tests].filter(({ path }) => path !== 'vitest.config.ts')
    expect(all.flatMap((file) => linesWith(file, /^export default\b/))).toEqual([])
  })

  test('only the command line, entry points and the demo write to the console', () => {
    const silent = sources.filter(({ path }) => !MAY_WRITE.test(path))
    expect(silent.flatMap((file) => linesWith(file, /\bconsole\./))).toEqual([])
  })

  test('nothing is left for later', () => {
    const marks = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX'].join('|')})\\b`)
    expect(texts.flatMap((file) => linesWith(file, marks, file.text))).toEqual([])
  })

  test('no path of the machine it was written on', () => {
    const paths = [projectDir, ['', 'work', ''].join('/'), ['', 'Users', ''].join('/')]
    const wrong = texts.filter(({ text }) => paths.some((path) => text.includes(path)))
    expect(wrong.map(({ path }) => path)).toEqual([])
  })
})

function isSchema(from: string): boolean {
  return from === 'zod' || (from.startsWith(WIRE) && from !== DELTA)
}

function isPure(path: string): boolean {
  return path.includes('/core/') || path.startsWith(DOMAIN)
}

function wrongImports({ path, imports }: SourceFile): string[] {
  const rule = IMPORT_RULES.find(({ of }) => of.test(path))
  if (rule === undefined) return []
  return imports
    .filter(
      ({ from, file }) => !(file === undefined ? allowsPackage : allowsFile)(rule, file ?? from),
    )
    .map(({ from }) => `${path}: ${from}`)
}

function allowsFile({ files }: ImportRule, file: string): boolean {
  return files.some(
    (prefix) => file === prefix || (prefix.endsWith('/') && file.startsWith(prefix)),
  )
}

function allowsPackage({ packages }: ImportRule, name: string): boolean {
  if (name.startsWith('node:')) return packages.includes('node:')
  return packages.includes('*') || packages.includes(name)
}

function linesWith({ path, code }: SourceFile, pattern: RegExp, text = code): string[] {
  return text
    .split('\n')
    .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : []))
}

/** Formatted code ends a function by a brace as far in as the line that began it. */
function longFunctions({ path, lines }: SourceFile, most: number): string[] {
  const begins =
    /^\s*(export |async |static |override |#|get |set )*(function\b|\w+\().*[({[]$|=> \{$/
  return lines.flatMap((line, index) => {
    if (!begins.test(line)) return []
    const indent = line.length - line.trimStart().length
    const end = lines.findIndex(
      (other, at) =>
        at > index && /^\}[),;]*$/.test(other.slice(indent)) && !other.slice(0, indent).trim(),
    )
    const length = end - index + 1
    return length > most ? [`${path}:${index + 1}: ${length} lines`] : []
  })
}

/**
 * A comment stands right above each export. Only a line without a gap below a documented export,
 * such as the type of a list of words, may go without.
 */
function undocumentedExports({ path, lines }: SourceFile): string[] {
  return lines.flatMap((line, index) => {
    const above = lines[index - 1]?.trim() ?? ''
    const isExport = /^export (async |abstract )*(function|const|class|interface|type) /.test(line)
    const isDocumented = above.endsWith('*/') || (above !== '' && /^export type /.test(line))
    return isExport && !isDocumented ? [`${path}:${index + 1}: ${line}`] : []
  })
}
