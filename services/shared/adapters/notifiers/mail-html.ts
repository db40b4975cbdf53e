import { formatDuration } from '../../domain/duration.ts'
import type { Notification, NotificationCause } from '../../domain/notification.ts'
import { escapeHtml } from './escape-html.ts'
import { type NotificationWords, timeInWords } from './notification-words.ts'
import { toneOf } from './tone.ts'

const FONT = 'font-family:system-ui,-apple-system,Segoe UI,Roboto,sans-serif'
const CELL = 'padding:4px 12px 4px 0;vertical-align:top;border-top:1px solid #ddd'
const MAX_ROWS = 200

/** A mail in HTML: styles stand in it, for mail programs take no others; nothing is fetched. */
export function mailHtml(notification: Notification, { subject, text }: NotificationWords): string {
  const { causes, links } = notification
  const { color } = toneOf(notification)
  const parts = [
    '<!doctype html><html><head><meta charset="utf-8"></head>',
    `<body style="${FONT};color:#222;margin:16px">`,
    `<h1 style="font-size:18px;border-left:6px solid ${color};padding-left:10px;margin:0 0 12px">`,
    `${escapeHtml(subject)}</h1>`,
    `<pre style="${FONT};white-space:pre-wrap;margin:0 0 16px">${escapeHtml(text)}</pre>`,
    causes.length === 0 ? '' : tableOf(causes),
    ...links.map(({ label, href }) => linkOf(label, href)),
    '</body></html>',
  ]
  return parts.join('\n')
}

function tableOf(causes: readonly NotificationCause[]): string {
  const heads = ['', 'service', 'real server', 'what', 'since', 'lasted']
  const head = heads.map((title) => `<th style="${CELL};text-align:left">${title}</th>`).join('')
  const rows = causes.slice(0, MAX_ROWS).map(rowOf)
  const more = causes.length - MAX_ROWS
  return [
    `<table style="border-collapse:collapse;font-size:14px"><tr>${head}</tr>`,
    ...rows,
    '</table>',
    more > 0 ? `<p>and ${more} more</p>` : '',
  ].join('\n')
}

function rowOf({
  severity,
  service = '',
  server = '',
  message,
  since,
  endedAt,
}: NotificationCause): string {
  const lasted = endedAt === undefined ? '' : formatDuration(Math.max(1000, endedAt - since))
  const state = endedAt === undefined ? severity : 'over'
  const cells = [state, service, server, message, timeInWords(since), lasted]
  return `<tr>${cells.map((text) => `<td style="${CELL}">${escapeHtml(text)}</td>`).join('')}</tr>`
}

/** Only what a browser fetches: a link to a script would be one. */
function linkOf(label: string, href: string): string {
  if (!/^https?:\/\//.test(href)) return ''
  return `<p><a href="${escapeHtml(href)}">${escapeHtml(label)}</a></p>`
}
