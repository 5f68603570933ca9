// A text of JSON and a member: it holds that, and every other character is as it was.
import {expect, test} from 'vitest'
import {withMember} from '../../src/project/member.ts'

const CASES: [string | undefined, string][] = [
  [undefined, '{\n  "judgeAfter": "1"\n}\n'],
  ['', '{\n  "judgeAfter": "1"\n}\n'],
  ['{}', '{\n  "judgeAfter": "1"\n}'],
  ['{"a": {"judgeAfter": 2}}\n', '{"a": {"judgeAfter": 2}, "judgeAfter": "1"}\n'],
  ['{\r\n\t"a" : [ 1,2 ]\r\n}\r\n', '{\r\n\t"a" : [ 1,2 ],\r\n\t"judgeAfter": "1"\r\n}\r\n'],
  ['{\n    "judgeAfter" :\n "20", "z": "}"\n}', '{\n    "judgeAfter" :\n "1", "z": "}"\n}'],
  [
    '{"x": ["judgeAfter", {"judgeAfter": 3}], "judgeAfter": {"a": ["}", ","]}   }',
    '{"x": ["judgeAfter", {"judgeAfter": 3}], "judgeAfter": "1"   }',
  ],
]

test.each(CASES)('%j', (source, wanted) => {
  const made = withMember(source, 'judgeAfter', '1')
  expect(made).toBe(wanted)
  expect(JSON.parse(made)).toEqual({...JSON.parse(source || '{}'), judgeAfter: '1'})
})

test('what is long stands on lines of its own, indented as the file is', () => {
  const value = {schemas: Array.from({length: 9}, (_, n) => `schema number ${n}`)}
  const made = withMember('{\n\t"a": 1\n}\n', 'external', value)
  expect(made.split('\n').slice(0, 4)).toEqual(['{', '\t"a": 1,', '\t"external": {', '\t\t"schemas": ['])
  expect(JSON.parse(made)).toEqual({a: 1, external: value})
})
