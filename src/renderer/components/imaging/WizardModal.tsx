import { Modal, Stepper } from '@mantine/core'
import type { ReactNode } from 'react'
import { useTexts } from '../../state/texts.ts'

interface Props {
  title: string
  steps: { choose: string; plan: string }
  /** The choice is made; its check is on the screen. */
  checking: boolean
  /** Another dialog is in its place for a while. */
  hidden?: boolean
  onBack: () => void
  onClose: () => void
  children: ReactNode
}

/** A dialog of two steps: what is to be done, and the check of it with the go-ahead. */
export function WizardModal({ title, steps, checking, hidden = false, onBack, onClose, children }: Props) {
  const { words } = useTexts()
  return (
    <Modal opened={!hidden} onClose={onClose} title={title} size="min(1240px, 94vw)" closeButtonProps={{ 'aria-label': words.close }}>
      <Stepper active={checking ? 1 : 0} size="sm" mb="md" allowNextStepsSelect={false} onStepClick={onBack}>
        <Stepper.Step label={steps.choose} />
        <Stepper.Step label={steps.plan} />
      </Stepper>
      {children}
    </Modal>
  )
}
