import { useEffect, useRef } from 'preact/hooks'
import { useTranslate } from '../app-context.ts'
import { type ListFilter, SORTS } from '../core/route.ts'

interface ListFilterProps {
  readonly filter: ListFilter
  readonly shown: number
  readonly total: number
  readonly onChange: (filter: ListFilter) => void
  /** Enter or arrow down in the field: on to the list. */
  readonly onLeave: () => void
}

/** Filter as you type, order, and only what is troubled. */
export function ListFilterBar({ filter, shown, total, onChange, onLeave }: ListFilterProps) {
  const t = useTranslate()
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== 'k' || !(event.ctrlKey || event.metaKey)) return
      event.preventDefault()
      field.current?.focus()
      field.current?.select()
    }
    addEventListener('keydown', onKey)
    return () => removeEventListener('keydown', onKey)
  }, [])

  function onFieldKey(event: KeyboardEvent): void {
    if (event.key === 'Escape') onChange({ ...filter, text: '' })
    else if (event.key === 'Enter' || event.key === 'ArrowDown') {
      event.preventDefault()
      onLeave()
    }
  }

  return (
    <search class="filter">
      <label class="grow">
        <span>{t('filter.label')}</span>
        <input
          ref={field}
          type="search"
          value={filter.text}
          placeholder={t('filter.hint')}
          autocomplete="off"
          spellcheck={false}
          onInput={(event) => onChange({ ...filter, text: event.currentTarget.value })}
          onKeyDown={onFieldKey}
        />
      </label>
      <label>
        <span>{t('filter.sort')}</span>
        <select
          value={filter.sort}
          onChange={({ currentTarget: { value } }) => {
            const sort = SORTS.find((each) => each === value)
            if (sort !== undefined) onChange({ ...filter, sort })
          }}
        >
          {SORTS.map((sort) => (
            <option key={sort} value={sort}>
              {t(`sort.${sort}`)}
            </option>
          ))}
        </select>
      </label>
      <label class="tick">
        <input
          type="checkbox"
          checked={filter.troubled}
          onChange={(event) => onChange({ ...filter, troubled: event.currentTarget.checked })}
        />
        <span>{t('filter.troubled')}</span>
      </label>
      <output aria-live="polite">{t('services.count', { shown, total })}</output>
    </search>
  )
}
