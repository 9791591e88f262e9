/** The shared budget as a connector asks it: one that is spent becomes an error that ends the run and says when it goes on. */
import { type Budget, ConnectorError } from '../../connectors/connector.ts';
import { type BudgetKeeper, BudgetSpent } from '../store/budget.ts';

/** The code of the error by which connections end where the process is told to stop. */
export const TOLD_TO_STOP = 'TOLD_TO_STOP';

/**
 * The port of one connection.
 * @param dailyShare what the admin set, for the words
 * @param ending aborts where the process is told to stop: no call is made after that, those under way are finished
 */
export function budgetPort(keeper: BudgetKeeper, connection: string, dailyShare: number, ending?: AbortSignal): Budget {
  const goingOn = (): void => {
    if (ending?.aborted) throw toldToStop(connection);
  };
  const stopping = async (ask: () => Promise<void>): Promise<void> => {
    goingOn();
    try {
      await ask();
    } catch (error) {
      if (!(error instanceof BudgetSpent)) throw error;
      throw stop(error, connection, dailyShare);
    }
    // It may have been waited for.
    goingOn();
  };
  return {
    ready: () => stopping(() => keeper.ready()),
    take: (allowance, isRetry) => stopping(() => keeper.take(allowance, isRetry)),
    observe: (day) => keeper.observe(day),
    refused: (resumesAt) => keeper.refused(resumesAt === null ? null : Date.parse(resumesAt)),
  };
}

function toldToStop(connection: string): ConnectorError {
  return new ConnectorError(`connection "${connection}": Sluice was told to stop`, {
    action: 'stop',
    connection,
    code: TOLD_TO_STOP,
    hint: 'Nothing was lost; the next run goes on from here.',
  });
}

function stop(spent: BudgetSpent, connection: string, dailyShare: number): ConnectorError {
  const { own, share, used, max } = spent.day;
  const percent = `${Math.round(dailyShare * 1000) / 10} %`;
  const why = {
    share: `Sluice has made ${own} of the ${share} API calls a day that are its share (${percent} of ${max})`,
    allowance: `all programs together have made ${used} of the org's ${max} API calls of the day`,
    refused: `the CRM has said that the org's API calls of the day are used up, and is asked nothing until it should have some again`,
    retry: `three quarters of the ${share} API calls a day that are Sluice's share are used up (${own}), and the rest is kept for new work: a call that failed is not repeated`,
  }[spent.why];
  return new ConnectorError(`connection "${connection}": ${why}`, {
    action: 'stop',
    connection,
    code: 'API_BUDGET',
    retryAfterMs: spent.resumesInMs,
    hint:
      spent.why === 'allowance' || spent.why === 'refused'
        ? 'Nothing was lost; the next run goes on from here. See which other program uses up the calls, or raise the limit with the vendor.'
        : `Nothing was lost; the next run goes on from here. To allow Sluice more calls set budget.dailyShare of "${connection}" in sluice.yaml.`,
    cause: spent,
  });
}
