/**
 * The boot services: what a computer of the classroom talks to between power-on and the live system. A
 * module of its own: it knows `#shared/wire`, `#shared/domain` and Node, and the rest of the console only
 * by the small interfaces that are handed to `createBootServices`.
 */
export { isKernelArgument } from './scripts/command-line.ts'
export { createBootServices, type BootServices, type BootServicesOptions, type ServiceStatus } from './services.ts'
export { createScriptTree, type ScriptTreeOptions } from './scripts/script-tree.ts'
export { composeTrees, type BootFile, type BootTree, type Requester } from './tree/boot-tree.ts'
export { StaticTree, type StaticFile } from './tree/static-tree.ts'
export { DynamicTree, type DynamicFile } from './tree/dynamic-tree.ts'
export { LIVE_FILES, LOADER_FILES } from './boot-files.ts'
export { bootEverybody, type BootChoice, type BootClient, type BootPolicy } from './policy.ts'
export { HttpService, type HttpServiceOptions } from './http/service.ts'
export { portError, type Endpoint } from './port-error.ts'
export { BootTimelines, type BootProgress } from './timeline.ts'
export type { BootContext } from './scripts/context.ts'
export type { HttpHandler } from './http/handler.ts'
export type { FullDhcpSettings } from './dhcp/responder.ts'
export type { Lease } from './dhcp/leases.ts'
