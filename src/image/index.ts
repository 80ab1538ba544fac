/** The image engine: what the agent and the console call. Nothing in it knows of sessions, screens or the inventory. */
export type { Extent } from './extents.ts'
export type {
  CaptureFigures, CaptureOptions, CaptureResult, CaptureVolume, CaptureVolumes,
} from './capture.ts'
export type { RestoreOptions, RestoreTarget, RestoreVolumes } from './restore.ts'
export type { BuiltPack, CallOptions, ChunkSource, ChunkStore, ManifestId, PackId, PackTail } from './store.ts'
export { MAX_LOCATE } from './store.ts'
export type { Run, RunOptions, RunResult } from './run/run.ts'
