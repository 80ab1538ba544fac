import type { DeployCommand } from '#shared/domain/deploy/deploy-command.ts'
import { decodeDeployment, encodeDeployment } from '#shared/domain/deploy/deploy-text.ts'

/** A deployment's command that goes on meaning this revision when there is a newer one. @throws ClonaulaError `deployCommand` */
export function pinnedTo(command: string, revision: number): string {
  return encodeDeployment(decodeDeployment(command).map((decoded): DeployCommand => ({ ...decoded, image: { ...decoded.image, revision } }))).trimEnd()
}
