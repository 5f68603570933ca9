// The folders under test/fixtures, walked on PostgreSQL 17 where this machine has it.
import {walkFixtures} from '../support/fixtures.ts'

walkFixtures(17)
