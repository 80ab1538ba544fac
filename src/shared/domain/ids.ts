import { z } from 'zod'

/** Row identities, branded so that a computer's id is never passed where an image's is meant. */
const id = <B extends string>() => z.number().int().positive().brand<B>()

export const SiteId = id<'SiteId'>()
export const ClassroomId = id<'ClassroomId'>()
export const GroupId = id<'GroupId'>()
export const ComputerId = id<'ComputerId'>()
export const ImageId = id<'ImageId'>()
export const RevisionId = id<'RevisionId'>()
export const OperationId = id<'OperationId'>()

export type SiteId = z.infer<typeof SiteId>
export type ClassroomId = z.infer<typeof ClassroomId>
export type GroupId = z.infer<typeof GroupId>
export type ComputerId = z.infer<typeof ComputerId>
export type ImageId = z.infer<typeof ImageId>
export type RevisionId = z.infer<typeof RevisionId>
export type OperationId = z.infer<typeof OperationId>

/** A network card's address, lower case with colons: `52:54:00:77:00:01`. */
export const MacAddress = z
  .string()
  .transform((text) => text.toLowerCase().replaceAll('-', ':'))
  .pipe(z.string().regex(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/))
  .brand<'MacAddress'>()
export type MacAddress = z.infer<typeof MacAddress>

/** A SHA-256 in lower-case hexadecimal. */
export const Sha256Hex = z.string().regex(/^[0-9a-f]{64}$/)
export type Sha256Hex = z.infer<typeof Sha256Hex>

/**
 * What a restored system answers to. RFC 1123 label, 63 characters at most; names are lower-cased
 * because NetBIOS, DNS and people disagree about case.
 */
export const HostName = z
  .string()
  .trim()
  .toLowerCase()
  .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/)
export type HostName = z.infer<typeof HostName>
