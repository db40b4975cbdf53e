/** Some gauges that are told anew with each look. */
export interface Gauges<Told> {
  forget(): void
  tell(told: Told): void
}
