// The folders under test/fixtures, walked on PostgreSQL 16 where this machine has it.
import {walkFixtures} from '../support/fixtures.ts'

walkFixtures(16)
