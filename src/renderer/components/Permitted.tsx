import { Tooltip } from '@mantine/core'
import { cloneElement, type MouseEvent, type ReactElement } from 'react'
import type { CallName } from '#shared/contract/console.ts'
import { useRefusal } from '../bridge/index.ts'

interface Control {
  disabled?: boolean | undefined
  onClick?: ((event: MouseEvent<HTMLButtonElement>) => void) | undefined
  'data-disabled'?: boolean
  'aria-disabled'?: boolean
  'aria-description'?: string
}

interface Props {
  /** What the control asks of the console, at once or through a dialog. */
  call: CallName
  /** A button or a menu's item. */
  children: ReactElement<Control>
}

/** To who may not make the call its control stays, without effect, and says why: also to the keyboard, so it is not `disabled`. */
export function Permitted({ call, children }: Props) {
  const refusal = useRefusal(call)
  if (refusal === undefined) return children
  return (
    <Tooltip label={refusal} events={{ hover: true, focus: true, touch: true }}>
      {cloneElement(children, {
        disabled: false,
        'data-disabled': true,
        'aria-disabled': true,
        'aria-description': refusal,
        onClick: (event) => event.preventDefault(),
      })}
    </Tooltip>
  )
}
