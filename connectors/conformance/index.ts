/**
 * What every connector must do, as tests: `describeConnector` is called in a test file with a connector and the CRM beneath it
 * (an emulator, or a real org kept for tests). A connector passes it unchanged, or is none.
 */
import { afterAll, beforeAll, describe } from '@jest/globals';
import type { Conformant } from './driver.ts';
import { describeReading } from './reading.ts';
import { describeSchema } from './schema.ts';
import { Stage } from './stage.ts';
import { describeSweeping } from './sweeping.ts';
import { describeTroubles } from './troubles.ts';
import { describeWriting } from './writing.ts';

export type { Conformant, Fields, Trouble } from './driver.ts';

/** Describes all tests of the kit. */
export function describeConnector(conformant: Conformant): void {
  describe(`${conformant.name} conforms`, () => {
    const stage = new Stage(conformant);
    beforeAll(() => stage.start());
    afterAll(() => stage.end());
    // The schema comes first: the others write into what it provisions.
    describeSchema(stage);
    describeReading(stage);
    describeSweeping(stage);
    describeWriting(stage);
    describeTroubles(stage);
  });
}
