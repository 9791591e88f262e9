import { ConnectorError, type Cursor } from '../connector.ts';
import { rejectCall } from './client.ts';

/** @throws a ConnectorError where the cursor belongs to another org (stop) or another object (reject) */
export function checkCursor(connection: string, cursor: Cursor, org: string, object: string): void {
  if (cursor.org !== org) {
    throw new ConnectorError(`Salesforce connection "${connection}" now leads to org ${org}, not to ${cursor.org}`, {
      action: 'stop',
      connection,
      code: 'WRONG_ORG',
      hint: 'Point the connection back to the org it was set up with, or give the other org a connection of its own.',
    });
  }
  if (cursor.object !== object) throw badCursor(connection, object);
}

export function badCursor(connection: string, object: string): ConnectorError {
  return rejectCall(connection, 'BAD_CURSOR', `this cursor is not one of ${object}`, 'Run a full sync of this stream.');
}
