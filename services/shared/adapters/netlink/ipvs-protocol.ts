/** Numbers of the IPVS generic netlink family (linux/ip_vs.h). */
export const IPVS_FAMILY = { name: 'IPVS', version: 1 } as const

/** IPVS_CMD_*. */
export const COMMAND = {
  newService: 1,
  setService: 2,
  deleteService: 3,
  getService: 4,
  newServer: 5,
  setServer: 6,
  deleteServer: 7,
  getServer: 8,
  getInfo: 15,
} as const

/** IPVS_CMD_ATTR_*. */
export const TOP = { service: 1, server: 2 } as const

/** IPVS_SVC_ATTR_*. */
export const SERVICE = {
  family: 1,
  protocol: 2,
  address: 3,
  port: 4,
  fwmark: 5,
  scheduler: 6,
  flags: 7,
  timeout: 8,
  netmask: 9,
  stats: 10,
  engine: 11,
  stats64: 12,
} as const

/** IPVS_DEST_ATTR_*. */
export const SERVER = {
  address: 1,
  port: 2,
  forwarding: 3,
  weight: 4,
  upperThreshold: 5,
  lowerThreshold: 6,
  active: 7,
  inactive: 8,
  persistent: 9,
  stats: 10,
  family: 11,
  stats64: 12,
  tunnelType: 13,
  tunnelPort: 14,
  tunnelFlags: 15,
} as const

/** IPVS_STATS_ATTR_*, the same in both widths. */
export const STATS = {
  connections: 1,
  inPackets: 2,
  outPackets: 3,
  inBytes: 4,
  outBytes: 5,
  connectionRate: 6,
  inPacketRate: 7,
  outPacketRate: 8,
  inByteRate: 9,
  outByteRate: 10,
} as const

/** IPVS_INFO_ATTR_*. */
export const INFO = { version: 1, connectionTableSize: 2 } as const

/** AF_INET and AF_INET6. */
export const ADDRESS_FAMILY = { 4: 2, 6: 10 } as const

/** IPPROTO_*. */
export const PROTOCOL = { tcp: 6, udp: 17, sctp: 132 } as const

/** IP_VS_CONN_F_*, the part that says how packets are forwarded. */
export const FORWARDING = { masquerade: 0, local: 1, tunnel: 2, 'direct-route': 3 } as const

/** IP_VS_CONN_F_FWD_MASK. */
export const FORWARDING_MASK = 7

/** IP_VS_SVC_F_*. */
export const FLAG = { persistent: 1, onePacket: 4, schedulerShift: 3, schedulerMask: 0x38 } as const

/** IP_VS_CONN_F_TUNNEL_TYPE_*. */
export const TUNNEL = { ipip: 0, gue: 1, gre: 2 } as const

/** IP_VS_TUNNEL_ENCAP_FLAG_*. */
export const TUNNEL_CHECKSUM = { none: 0, checksum: 1, remote: 2 } as const
