/** A secret by where it stands; never the secret itself. */
export type SecretSource = { readonly file: string } | { readonly env: string }

interface WebhookLike {
  readonly type: 'webhook'
  readonly url: SecretSource
  /** Signs each body (HMAC-SHA256). */
  readonly secret?: SecretSource
}

interface MailLike {
  readonly type: 'mail'
  /** `host` or `host:port`. */
  readonly server: string
  readonly from: string
  readonly to: readonly string[]
  readonly user?: string
  readonly password?: SecretSource
  /** Template instead of the usual HTML. */
  readonly html?: string
}

interface PagerDutyLike {
  readonly type: 'pagerduty'
  readonly routingKey: SecretSource
  /** Instead of PagerDuty's own, for a relay. */
  readonly url?: string
}

interface SlackLike {
  readonly type: 'slack'
  /** Incoming webhook; Mattermost and Rocket.Chat take the same. */
  readonly url: SecretSource
  readonly room?: string
}

interface TelegramLike {
  readonly type: 'telegram'
  readonly token: SecretSource
  readonly chat: string
  readonly url?: string
}

interface NtfyLike {
  readonly type: 'ntfy'
  readonly server: string
  readonly topic: string
  readonly token?: SecretSource
}

/** A pager behind a program: the short text on its standard input. */
interface ScriptLike {
  readonly type: 'script'
  readonly command: readonly string[]
}

/** An alert program of mon: `-s -g -h -t …`, MON_* and the body on standard input. */
interface MonLike {
  readonly type: 'mon'
  readonly command: readonly string[]
  /** More variables for it, as a service of mon.cf has them. */
  readonly environment?: Readonly<Record<string, string>>
}

/** What every channel has beside what its type needs. */
export interface ChannelCommon {
  /** An attempt may take so long. */
  readonly timeoutMs: number
  /** Templates instead of the usual words: `{{subject}}`, `{{text}}`, … */
  readonly subject?: string
  readonly text?: string
}

/** A way to reach people, as the cluster file describes it. */
export type ChannelSettings = ChannelCommon &
  (
    | MailLike
    | WebhookLike
    | PagerDutyLike
    | SlackLike
    | TelegramLike
    | NtfyLike
    | ScriptLike
    | MonLike
  )

/** The cluster file's `type` of a channel. */
export type ChannelType = ChannelSettings['type']
/** All of them. */
export const CHANNEL_TYPES = [
  'mail',
  'webhook',
  'pagerduty',
  'slack',
  'telegram',
  'ntfy',
  'script',
  'mon',
] as const satisfies readonly ChannelType[]

/** The settings of one type. */
export type SettingsOf<T extends ChannelType> = Extract<ChannelSettings, { readonly type: T }>

/** When what happened is summed up, and for whom. */
export interface Digest {
  /** Five fields as in crontab(5). */
  readonly cron: string
  readonly timeZone: string
  /** Name of a channel. */
  readonly channel: string
}

/** Whom to tell, and how. */
export interface Alerting {
  readonly channels: Readonly<Record<string, ChannelSettings>>
  readonly digest?: Digest
}
