import { createService, type Service } from '../shared/runtime/service.ts'
import { api } from '../shared/wire/api.ts'
import { clusterRevisionMessage } from '../shared/wire/cluster-revision.ts'
import { apiSubject, bucketName, checkFromSubject, pushSubject } from '../shared/wire/subjects.ts'
import { answerCheck, runChecks } from './answer-checks.ts'
import type { ProberConfig, ProberPorts } from './prober.ts'
import { ShareKeeper } from './share-keeper.ts'
import { pushChecksOf, takePush } from './take-push.ts'

/**
 * A prober that follows the cluster file on the bus, shares the checks of its vantage with the
 * other probers there, and runs checks when operators ask.
 */
export function createProberService(config: ProberConfig, ports: ProberPorts): Service {
  const keeper = new ShareKeeper(config, ports)
  const closers: (() => void)[] = []
  return createService({
    async start() {
      const { bus } = ports
      await keeper.start()
      const revisions = await bus.keyValue(bucketName(config.cluster, 'cluster-file'))
      closers.push(
        revisions.watch(({ key, value }) => {
          if (key !== 'current' || value === undefined) return
          const isFirst = keeper.cluster === undefined
          keeper.setCluster(clusterRevisionMessage.decode(value).cluster)
          // Who knows no real server yet would only say that there is none.
          if (isFirst) closers.push(...answer(config, ports, keeper))
        }),
        bus.subscribe(pushSubject(config.cluster), (payload) =>
          takePush(keeper.prober, keeper.cluster, api.push.request.decode(payload)),
        ),
      )
    },
    async stop() {
      for (const close of closers.splice(0)) close()
      await keeper.stop()
    },
  })
}

/** Operators' requests come to any one prober, and from there to where they are to be done. */
function answer(
  config: ProberConfig,
  { bus }: ProberPorts,
  keeper: ShareKeeper,
): readonly (() => void)[] {
  const { cluster, name, vantage } = config
  return [
    bus.reply(apiSubject(cluster, 'check'), async (payload) => {
      const request = api.check.request.decode(payload)
      const runs = await answerCheck(config, bus, keeper, request)
      return api.check.response.encode({ runs })
    }),
    bus.reply(checkFromSubject(cluster, vantage), async (payload) => {
      const { target } = api.check.request.decode(payload)
      const runs = await runChecks(name, vantage, keeper, [target])
      return api.check.response.encode({ runs })
    }),
    bus.reply(apiSubject(cluster, 'push'), async (payload) => {
      const { target } = api.push.request.decode(payload)
      const checks = pushChecksOf(keeper.cluster, target)
      // All of them: whoever runs the check now, in each vantage, and who may run it next.
      bus.publish(pushSubject(cluster), payload)
      const pushed = checks.map(({ service, server, label }) => ({ service, server, label }))
      return api.push.response.encode({ pushed })
    }),
  ]
}
