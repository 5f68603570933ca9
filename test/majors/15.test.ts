// The folders under test/fixtures, walked on PostgreSQL 15 where this machine has it.
import {walkFixtures} from '../support/fixtures.ts'

walkFixtures(15)
