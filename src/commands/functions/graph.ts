// A side in; which functions use which tables, columns and functions, and what uses them, out.
import {Args, Flags} from '@oclif/core'
import {PgextCommand, urlFlag} from '../../terminal/command.ts'

export default class FunctionsGraph extends PgextCommand {
  static override description = `show what functions use, and what uses them

Tables, columns, functions, types and sequences, as PostgreSQL itself tells from the bodies;
triggers, policies, views, defaults and checks that call a function. What a body runs as text
is put together when it runs, and said to be dynamic.`
  static override usage = 'functions:graph [NAME] [--uses | --used-by] [--from SIDE] [--mermaid | --json]'
  static override examples = [
    {description: 'of all functions in your files', command: '<%= config.bin %> <%= command.id %>'},
    {description: 'who breaks when this column goes', command: '<%= config.bin %> <%= command.id %> orders.note --used-by'},
    {description: 'for a README', command: '<%= config.bin %> <%= command.id %> --mermaid'},
  ]
  static override args = {name: Args.string({required: false, description: 'a function, table, column or type to start from'})}
  static override flags = {
    uses: Flags.boolean({description: 'only what it uses', exclusive: ['used-by']}),
    'used-by': Flags.boolean({description: 'only what uses it'}),
    mermaid: Flags.boolean({description: 'a chart that Mermaid draws, of tables and functions'}),
    from: Flags.string({default: 'files', helpValue: 'SIDE', description: 'files, database, a postgres:// URL'}),
    url: urlFlag,
  }

  async run(): Promise<unknown> {
    const {args, flags} = await this.parse(FunctionsGraph)
    const project = await this.project(flags)
    const progress = this.progress(flags.mermaid)
    const graph = await this.walk(project, progress, (walk) =>
      progress.during('reading functions', () =>
        walk.graph({from: flags.from, ...(args.name !== undefined && {name: args.name})}),
      ),
    )
    const {listLines, mermaidLines, treeLines} = await import('../../terminal/graph.ts')
    const {nodes, edges, dynamic, unread, unsure, roots} = graph
    if (this.jsonEnabled()) {
      const [changing, closed, partly] = [dynamic, unread, unsure].map((ids) => [...ids])
      return {nodes, edges, dynamic: changing, unread: closed, unsure: partly, ...(roots && {roots})}
    }
    if (nodes.length === 0) this.log('there are no functions')
    else if (flags.mermaid) process.stdout.write(`${mermaidLines(graph).join('\n')}\n`)
    else if (!roots) this.log(listLines(graph, this.paint).join('\n'))
    else {
      const ways = flags.uses ? (['uses'] as const) : flags['used-by'] ? (['used by'] as const) : (['uses', 'used by'] as const)
      this.log(treeLines(roots, ways, graph, this.paint).join('\n'))
    }
    return undefined
  }
}
