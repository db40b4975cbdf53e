import { endianness } from 'node:os'

/** Netlink speaks the machine's own byte order; for the last argument of the `DataView` methods. */
export const LITTLE_ENDIAN = endianness() === 'LE'
