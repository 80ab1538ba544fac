import type { CallInput } from '#shared/contract/console.ts'
import type { DeployPlan, DeployPlanCommand } from '#shared/contract/views.ts'
import { toErrorRecord } from '#shared/domain/errors.ts'
import type { Sha256Hex } from '#shared/domain/ids.ts'
import { RESULT } from '#shared/domain/result-codes.ts'
import { useClient } from '../../bridge/index.ts'
import { PlanConfirmation, type PlanWords } from '../../components/imaging/PlanConfirmation.tsx'
import { PlanStep } from '../../components/imaging/PlanStep.tsx'
import { useTexts } from '../../state/texts.ts'

export type DeployInput = CallInput<'deploy.plan'>

interface Props {
  request: DeployInput
  onBack: () => void
  onClose: () => void
}

/** What the commands would do on each computer; exactly that is started, once. */
export function CheckStep({ request, onBack, onClose }: Props) {
  const client = useClient()
  const { deploy: words } = useTexts()
  const plan = (): Promise<DeployPlan> => client.call('deploy.plan', request)
  const start = (id: Sha256Hex, renew: (reason: unknown) => void): Promise<unknown> =>
    client.call('deploy.start', { ...request, plan: id }).catch((reason: unknown) => {
      // That plan can never be started any more.
      if (toErrorRecord(reason).code === RESULT.planChanged) renew(reason)
      throw reason
    })
  const wordsFor = (restoring: boolean): PlanWords => (restoring ? words.deploying : words.updating)
  return (
    <PlanStep plan={plan} onBack={onBack}>
      {({ plan: id, commands }, renew) => {
        const restoring = restores(commands)
        return (
          <PlanConfirmation
            sections={commands.map(({ text, kind, image, revision, rows }) => ({
              command: text,
              brings: `${image}@${revision}`,
              fits: wordsFor(kind === 'deployImage').fits,
              preparatory: restoring && kind === 'updateCache',
              rows,
            }))}
            words={wordsFor(restoring)}
            start={() => start(id, renew)}
            onBack={onBack}
            onClose={onClose}
          />
        )
      }}
    </PlanStep>
  )
}

/** Whether anything is restored; of commands of which none works anywhere: whether anything was to be. */
function restores(commands: readonly DeployPlanCommand[]): boolean {
  const working = commands.filter(({ rows }) => rows.some(({ ok }) => ok))
  return (working.length > 0 ? working : commands).some(({ kind }) => kind === 'deployImage')
}
