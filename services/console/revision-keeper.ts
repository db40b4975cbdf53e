import { answerVerb } from '../shared/coordination/answer-verb.ts'
import { createService, type Service } from '../shared/runtime/service.ts'
import { ServiceError } from '../shared/runtime/service-error.ts'
import { type ApiVerb, type Applied, api } from '../shared/wire/api.ts'
import { openPlanDesk } from './plan-desk.ts'
import { openRevisionDesk, type RevisionDeskPorts } from './revision-desk.ts'

/** Of which cluster. */
export interface RevisionKeeperConfig {
  readonly cluster: string
  /**
   * A file that is read again at each start, and so wins over what was applied; nobody reads one by
   * default.
   */
  readonly followedFile?: string
}

/**
 * Answers `plan`, `apply`, `apply-plan`, `rollback`, `revisions` and `revision` on the bus, and
 * says at `reload` what to do instead where no file is followed. The text of a cluster file is read
 * here and nowhere else.
 */
export function createRevisionKeeper(
  { cluster, followedFile }: RevisionKeeperConfig,
  ports: RevisionDeskPorts,
): Service {
  const closers: (() => void)[] = []

  function answer<Request, Response>(
    verb: ApiVerb<Request, Response>,
    respond: (request: Request) => Promise<Response>,
  ): void {
    closers.push(answerVerb(ports.bus, cluster, verb, respond))
  }

  return createService({
    async start() {
      const desk = await openRevisionDesk(cluster, ports)
      answer(api.apply, async (request) => remind(await desk.apply(request), followedFile))
      const plans = await openPlanDesk(cluster, ports)
      answer(api.plan, (request) => plans.plan(request))
      answer(api.applyPlan, async (request) => remind(await plans.apply(request), followedFile))
      answer(api.rollback, async (request) => remind(await desk.rollback(request), followedFile))
      answer(api.revisions, () => desk.list())
      answer(api.revision, ({ revision }) => desk.show(revision))
      if (followedFile === undefined) answer(api.reload, refuseReload)
    },
    async stop() {
      for (const close of closers.splice(0)) close()
    },
  })
}

/** What was applied beside a followed file holds until the next start, which nobody may forget. */
function remind(applied: Applied, followedFile: string | undefined): Applied {
  if (followedFile === undefined || !applied.applied) return applied
  const message = `the next start or reload reads ${followedFile} again: change it there, too`
  const place = { file: applied.file, line: 1, column: 1, path: '' }
  const finding = { severity: 'warning', rule: 'followed-file', ...place, message } as const
  return { ...applied, findings: [...applied.findings, finding] }
}

async function refuseReload(): Promise<never> {
  const message = 'no file is followed here: lvsctl apply FILE puts one in force'
  throw new ServiceError('api.refused', message)
}
