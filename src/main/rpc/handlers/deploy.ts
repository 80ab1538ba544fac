import type { Handlers } from '#shared/contract/rpc.ts'
import type { DeployRequests } from '../../operations/deploy-requests.ts'

export function deployHandlers(requests: DeployRequests): Pick<Handlers, 'deploy.plan' | 'deploy.start'> {
  return {
    'deploy.plan': (request) => requests.plan(request),
    'deploy.start': (request, { name }) => requests.start(request, name),
  }
}
