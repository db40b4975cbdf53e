// A real server of the lab that speaks UDP: `node udp-server.mjs NAME ADDRESS PORT` answers each
// datagram with its name, from the address that it was sent to.
import { createSocket } from 'node:dgram'

const [name, address, port] = process.argv.slice(2)
const socket = createSocket('udp4')
socket.on('message', (_, { address, port }) => socket.send(name, port, address))
socket.bind(Number(port), address, () => process.stdout.write('ready\n'))
