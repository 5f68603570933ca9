import {expect, test} from 'vitest'
import {painter} from '../../src/terminal/paint.ts'
import {colourSql} from '../../src/terminal/sql.ts'

test('colours the first word of a statement, and takes nothing away', () => {
  const sql = '-- why\nALTER TABLE a\n  DROP COLUMN b;\n\nDROP TABLE c;\nCREATE INDEX d ON e (f);'
  const marked = colourSql(sql, (style, text) => `<${style}:${text}>`)
  expect(marked).toBe(
    '<dim:-- why>\n<yellow:ALTER> TABLE a\n  DROP COLUMN b;\n\n<red:DROP> TABLE c;\n<green:CREATE> INDEX d ON e (f);',
  )
})

test('nothing is coloured for a file or a pipe', () => {
  expect(colourSql('DROP TABLE c;', painter({isTTY: false}))).toBe('DROP TABLE c;')
})
