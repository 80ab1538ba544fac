/** Which revision one of a deployment's commands means, that may say none. Pure. */
import type { DeployCommand } from '#shared/domain/deploy/deploy-command.ts'
import { decodeDeployment, encodeDeployment } from '#shared/domain/deploy/deploy-text.ts'

/** What a command brings: `Win10@3`. @throws ClonaulaError `deployCommand` */
export function broughtText(command: string, revision: number): string {
  return decodeDeployment(command).map(({ image: { name } }) => `${name}@${revision}`).join()
}

/** The command that goes on meaning this revision when there is a newer one. @throws ClonaulaError `deployCommand` */
export function pinnedTo(command: string, revision: number): string {
  return encodeDeployment(decodeDeployment(command).map((decoded): DeployCommand => ({ ...decoded, image: { ...decoded.image, revision } }))).trimEnd()
}
