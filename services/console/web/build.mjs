// Bundles the web console into dist/web; run by `npm run build`, `npm start` and `npm test`.
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const root = dirname(fileURLToPath(import.meta.url))
const outDir = join(root, '..', '..', '..', 'dist', 'web')

await build({
  root,
  configFile: false,
  logLevel: 'warn',
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir,
    emptyOutDir: true,
    target: 'es2022',
    // Nothing inline: the content security policy has no place for it.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
})
writeFileSync(join(outDir, 'built.txt'), 'the web console\n')
