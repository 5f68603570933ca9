// An empty PGlite database, compressed, beside the compiled shadow out: nobody's first start has to make one. Part of `npm run build`.
import {existsSync} from 'node:fs'
import {rename, writeFile} from 'node:fs/promises'
import {brotliCompressSync, constants} from 'node:zlib'
import {makeDump, shippedFile} from '../dist/shadow/empty.js'

const file = shippedFile()
// where PGlite does not run here, it is made where it does
if (!existsSync(file)) await make().catch((error) => console.error(`no empty PGlite database was made: ${error.message}`))

async function make() {
  const params = {[constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_LGWIN]: 24}
  await writeFile(`${file}-new`, brotliCompressSync(await makeDump(), {params}))
  await rename(`${file}-new`, file)
}
