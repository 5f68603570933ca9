// Every folder under test/fixtures, walked both ways on PostgreSQL 18 (or the server at PGEXT_FIXTURES_URL), and proven with planted rows.
import {walkFixtures} from './support/fixtures.ts'

walkFixtures(18)
