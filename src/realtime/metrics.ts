// A server in, its figures as Prometheus reads them out.
import type {Figures} from './bus/figures.ts'
import type {Server} from './serve.ts'

export function metricsOf({sockets, counts, hub, bus}: Server): string {
  return [
    gauge('sockets', 'connections of clients', sockets.size),
    gauge('reading', '1 while changes are read', hub.feed.isReading ? 1 : 0),
    counter('sockets_opened', 'connections so far', counts.opened),
    counter('batches', 'transactions, or parts of them, that were read', hub.counts.batches),
    counter('changes', 'changes of rows that somebody subscribes to', hub.counts.changes),
    counter('messages_told', 'messages about changes, one for each subscription', hub.counts.told),
    counter('frames_sent', 'frames sent to clients', counts.frames),
    counter('bytes_sent', 'bytes of them', counts.bytes),
    counter('clients_lagging', 'clients closed as they did not keep up', counts.lagging),
    counter('messages_bad', 'messages of clients that could not be understood', counts.bad),
    counter('tokens_refused', 'tokens that were not accepted', counts.refused),
    counter('errors', 'errors of the server or its database', counts.errors),
    gauge('resident_bytes', 'memory of the process', process.memoryUsage.rss()),
    ...(bus ? busOf(bus) : []),
  ].join('')
}

const busOf = ({isLeader, isConnected, published, reconnects, behind}: Figures): string[] => [
  gauge('bus_leader', '1 while this node reads the database for all', isLeader ? 1 : 0),
  gauge('bus_connected', '1 while NATS is connected', isConnected ? 1 : 0),
  counter('bus_published', 'messages that this node wrote to the stream', published),
  gauge('bus_behind', 'messages of the stream that this node had yet to read when it read the last one', behind()),
  counter('bus_reconnects', 'times that the connection to NATS came back', reconnects),
]

const line = (kind: string, name: string, help: string, value: number): string =>
  `# HELP pgext_${name} ${help}\n# TYPE pgext_${name} ${kind}\npgext_${name} ${value}\n`
const gauge = (name: string, help: string, value: number): string => line('gauge', name, help, value)
const counter = (name: string, help: string, value: number): string => line('counter', `${name}_total`, help, value)
