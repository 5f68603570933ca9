// A run of tests in, the names of those that passed only when they were tried again printed at its end: they are looked into, not hidden.
import type {Reporter, TestModule} from 'vitest/node'

export const flaky: Reporter = {
  onTestRunEnd(modules: readonly TestModule[]) {
    const names = modules.flatMap((module) =>
      [...module.children.allTests()].flatMap((test) =>
        test.diagnostic()?.flaky ? `  ${module.relativeModuleId} > ${test.fullName}` : [],
      ),
    )
    if (names.length > 0)
      console.info(`\npassed at the second try only (see CONTRIBUTING.md, "Slow and unsure tests"):\n${names.join('\n')}\n`)
  },
}
