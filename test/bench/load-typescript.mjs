// Lets Node 20 import the project's TypeScript as it is: types are taken out, nothing else changes,
// so what is measured is what `npm run build` makes.
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { transformWithOxc } from 'vite'

/** Hook of `node:module`'s `register`. */
export async function load(url, context, nextLoad) {
  if (!url.startsWith('file:') || !url.endsWith('.ts')) return nextLoad(url, context)
  const path = fileURLToPath(url)
  const { code } = await transformWithOxc(await readFile(path, 'utf8'), path, { target: 'es2023' })
  return { format: 'module', source: code, shortCircuit: true }
}
