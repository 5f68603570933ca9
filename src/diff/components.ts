// A graph in, its cycles out: the strongly connected components with more than one node (Tarjan, without recursion).

export function components(nodes: readonly number[], next: (node: number) => readonly number[]): number[][] {
  const index = new Map<number, number>()
  const low = new Map<number, number>()
  const stack: number[] = []
  const onStack = new Set<number>()
  const found: number[][] = []

  for (const root of nodes) {
    if (index.has(root)) continue
    const path: {node: number; edges: readonly number[]; at: number}[] = []
    const enter = (node: number) => {
      index.set(node, index.size)
      low.set(node, index.get(node)!)
      stack.push(node)
      onStack.add(node)
      path.push({node, edges: next(node), at: 0})
    }
    enter(root)
    while (path.length > 0) {
      const frame = path[path.length - 1]!
      if (frame.at < frame.edges.length) {
        const to = frame.edges[frame.at++]!
        if (!index.has(to)) enter(to)
        else if (onStack.has(to)) low.set(frame.node, Math.min(low.get(frame.node)!, index.get(to)!))
        continue
      }
      path.pop()
      const up = path[path.length - 1]
      if (up) low.set(up.node, Math.min(low.get(up.node)!, low.get(frame.node)!))
      if (low.get(frame.node) !== index.get(frame.node)) continue
      const component: number[] = []
      for (;;) {
        const node = stack.pop()!
        onStack.delete(node)
        component.push(node)
        if (node === frame.node) break
      }
      if (component.length > 1) found.push(component.reverse())
    }
  }
  return found
}
