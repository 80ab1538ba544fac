/**
 * Result codes of an operation. 1–81 are OpenGnsys' own numbers, kept so that its users recognise
 * them in logs; new ones start at 100. The sentence for each, in both languages, is in i18n.
 */
export const RESULT = {
  ok: 0,
  format: 1,
  notFound: 2,
  partition: 3,
  locked: 4,
  image: 5,
  noSystem: 6,
  notExecutable: 7,
  noWriteAccess: 14,
  noCache: 15,
  noSpace: 16,
  shrink: 17,
  grow: 18,
  outOfLimit: 19,
  filesystem: 20,
  cache: 21,
  notGpt: 22,
  repositoryUnreachable: 23,
  notMsdos: 24,
  partitionTooSmall: 30,
  updateCache: 31,
  formatFailed: 32,
  corruptImage: 33,
  generic: 40,
  unicastTransfer: 50,
  multicastTransfer: 55,
  multicastSender: 57,
  multicastReceiver: 59,
  multicastJoin: 60,
  differential: 70,
  notUefi: 80,
  notBios: 81,
  /** The filesystem was not unmounted cleanly: capturing it would freeze the damage into the image. */
  dirtyFilesystem: 100,
  /** Windows is hibernated or shut down with Fast Startup: the filesystem in use is not the one on disk. */
  hibernated: 101,
  /** Nothing on this computer can be captured or restored to. */
  noUsablePartition: 102,
  unknownFilesystem: 103,
  /** The computer's connection was lost and it did not come back to finish. */
  agentLost: 104,
  /** The console stopped while this operation ran, and it could not be taken up again. */
  consoleStopped: 105,
  cancelled: 106,
  /** The computer is doing something else. */
  busy: 107,
  /** A disk answered with a read or write error. */
  diskError: 108,
  /** The boot loader could not be installed on the restored disk. */
  bootLoader: 109,
  /** Removable media are never a target. */
  removable: 110,
  /** The partition is mounted or otherwise in use. */
  inUse: 111,
  /** A request did not have the form that the contract asks for. */
  invalidRequest: 112,
  /** The requester is not logged in, or the token has expired. */
  unauthenticated: 113,
  forbidden: 114,
  /** A name is taken already. */
  nameTaken: 115,
  /** The computer is off, or no live agent answers from it. */
  noAgent: 116,
  /** The computer is set aside: no command runs on it. */
  maintenance: 117,
  diskTooSmall: 119,
  /** An image of a disk where one of a partition is needed, or the reverse. */
  imageKind: 120,
  /** A data folder belongs to one console at a time. */
  consoleRunning: 121,
  /** Somebody wrote to what was being captured: the image would be of no moment in its life. */
  sourceChanged: 122,
  /** Another program has the port that a service of the console needs. */
  portTaken: 130,
  portNotPermitted: 131,
  /** No network card has an address to serve a classroom from. */
  noNetwork: 132,
  /** Several network cards could serve the classroom, and none was chosen. */
  severalNetworks: 133,
  /** The network card or the address that was chosen is not there. */
  networkMissing: 134,
  /** A warning: another program of the console's own machine hears its clients' DHCP as well. */
  dhcpShared: 135,
  /** What is to be removed still holds something. */
  notEmpty: 136,
  /** Things are not as they were when what was to be done was shown. */
  planChanged: 137,
  /** The image of a whole disk needs the place of the CACHE that it is to be read from. */
  cacheInTheWay: 138,
  /** A command of a deployment is not written as it should be. */
  deployCommand: 139,
} as const

export type ResultName = keyof typeof RESULT
export type ResultCode = (typeof RESULT)[ResultName]

const nameByCode = new Map<number, ResultName>(
  Object.entries(RESULT).map(([name, code]) => [code, name as ResultName]),
)

/** The name of a code that came over a wire; a code of a newer peer is `generic`. */
export function resultName(code: number): ResultName {
  return nameByCode.get(code) ?? 'generic'
}
