import { KeyedDriver } from '../../src/platform/database/driver/keyed-driver.js';

/** The ORM's own way of writing: one statement after the other, each with its values in the text. */
export class Driver extends KeyedDriver {
  pipelined(_transaction: object, flush: () => Promise<void>): Promise<void> {
    return flush();
  }
}
