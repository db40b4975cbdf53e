import { Component, type ComponentChildren, type FunctionComponent, h } from 'preact'

/** A component that is drawn again only when one of its props is another value. */
export function memo<P extends object>(render: FunctionComponent<P>): FunctionComponent<P> {
  class Memo extends Component<P> {
    override shouldComponentUpdate(next: P): boolean {
      const before = this.props as Readonly<Record<string, unknown>>
      const after = next as Readonly<Record<string, unknown>>
      const keys = Object.keys(after)
      if (keys.length !== Object.keys(before).length) return true
      return keys.some((key) => !Object.is(before[key], after[key]))
    }
    override render(props: P): ComponentChildren {
      return h(render, props)
    }
  }
  return Memo as unknown as FunctionComponent<P>
}
