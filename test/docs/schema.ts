// The table of settings in, the JSON Schema that editors read out.
import type {Setting, Table} from '../../src/project/setting.ts'
import {SETTINGS} from '../../src/project/settings.ts'

type Json = Record<string, unknown>

export function schemaFile(): string {
  const {properties, ...rest} = objectOf(SETTINGS)
  const all = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'pgext.json',
    ...rest,
    properties: {$schema: {type: 'string'}, ...(properties as Json)},
  }
  return `${JSON.stringify(all, null, 2)}\n`
}

function objectOf(table: Table): Json {
  return {
    type: 'object',
    properties: Object.fromEntries(Object.entries(table).map(([key, setting]) => [key, schemaOf(setting)])),
    additionalProperties: false,
  }
}

function schemaOf({meaning, json, keys, each}: Setting): Json {
  const kind = keys ? withKeys(json, objectOf(keys)) : {...json, ...(each && {additionalProperties: schemaOf(each)})}
  return {description: plain(meaning), ...kind}
}

/** The object itself, or the one among several kinds. */
function withKeys(json: Json, object: Json): Json {
  const {anyOf} = json
  if (!Array.isArray(anyOf)) return {...json, ...object}
  return {anyOf: anyOf.map((one: Json) => (one.type === 'object' ? object : one))}
}

/** Editors show no links into our documents. */
const plain = (meaning: string): string => meaning.replace(/\[([^\]]+)\]\([^)]+\)/g, '$1')
