// What a node does for its bus in, as figures, out.

export class Figures {
  /** this node reads the database for all */
  isLeader = false
  /** messages that it wrote to the stream */
  published = 0
  /** times that the connection to NATS came back */
  reconnects = 0
  isConnected = false
  /** messages of the stream that it has not read yet, as NATS said with the last one */
  behind: () => number = () => 0
}
