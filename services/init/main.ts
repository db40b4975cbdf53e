import { checkName } from '../shared/process/apart-options.ts'
import { makeSecrets } from './make-secrets.ts'

/** The command line of `lvs-warden init`. */
export interface InitFlags {
  readonly dir: string
  readonly clusterName: string
}

/** Makes secrets and settings for docker-compose.yml, and says what to do next. */
export async function runInit({ dir, clusterName }: InitFlags): Promise<void> {
  const { made, kept } = await makeSecrets(dir, checkName('--cluster-name', clusterName))
  for (const path of made) process.stdout.write(`made ${path}\n`)
  for (const path of kept) process.stdout.write(`kept ${path}\n`)
  process.stdout.write('next: docker compose up -d, then lvsctl apply your cluster file\n')
}
