/** When backup real servers and the sorry server step in; weights are configured weights. */
export interface PoolPolicy {
  /** Weight that must be up for the service to be whole (keepalived's quorum). */
  readonly quorum: number
  /** How far beyond the quorum the weight must go before that changes (keepalived's hysteresis). */
  readonly hysteresis: number
  /** Backups of the next tier serve while less weight than this is up. */
  readonly backupsBelow: number
}

/** What a service without a word about it does: one real server is enough. */
export const PLAIN_POOL: PoolPolicy = { quorum: 1, hysteresis: 0, backupsBelow: 1 }
