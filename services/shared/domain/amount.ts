/** How many of a group: so many heads, or a share (0 to 1) of them. */
export type Amount = { readonly count: number } | { readonly share: number }

/** Binary fractions: 7 % of 100 is a little more than 7. */
const ROUNDING = 1e-9

/** At least so many of `total` heads, rounded up: what must be there. */
export function atLeast(amount: Amount, total: number): number {
  return 'count' in amount ? amount.count : Math.ceil(amount.share * total - ROUNDING)
}

/** At most so many of `total` heads, rounded down, but at least one: what may be missing. */
export function atMost(amount: Amount, total: number): number {
  return 'count' in amount ? amount.count : Math.max(1, Math.floor(amount.share * total + ROUNDING))
}

/** `2` or `25 %`, for people. */
export function formatAmount(amount: Amount): string {
  return 'count' in amount ? String(amount.count) : `${Math.round(amount.share * 100)} %`
}
