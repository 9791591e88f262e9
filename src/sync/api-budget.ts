/** The shared budget as a connector asks it: one that is spent becomes an error that ends the run and says when it goes on. */
import { type Budget, ConnectorError } from '../../connectors/connector.ts';
import { type BudgetKeeper, BudgetSpent } from '../store/budget.ts';

/** The port of one connection. @param dailyShare what the admin set, for the words */
export function budgetPort(keeper: BudgetKeeper, connection: string, dailyShare: number): Budget {
  return {
    async take(allowance, isRetry) {
      try {
        await keeper.take(allowance, isRetry);
      } catch (error) {
        if (!(error instanceof BudgetSpent)) throw error;
        throw stop(error, connection, dailyShare);
      }
    },
    observe: (day) => keeper.observe(day),
  };
}

function stop(spent: BudgetSpent, connection: string, dailyShare: number): ConnectorError {
  const { own, share, used, max } = spent.day;
  const percent = `${Math.round(dailyShare * 1000) / 10} %`;
  const why = {
    share: `Sluice has made ${own} of the ${share} API calls a day that are its share (${percent} of ${max})`,
    allowance: `all programs together have made ${used} of the org's ${max} API calls of the day`,
    retry: `three quarters of the ${share} API calls a day that are Sluice's share are used up (${own}), and the rest is kept for new work: a call that failed is not repeated`,
  }[spent.why];
  return new ConnectorError(`connection "${connection}": ${why}`, {
    action: 'stop',
    connection,
    code: 'API_BUDGET',
    retryAfterMs: spent.resumesInMs,
    hint:
      spent.why === 'allowance'
        ? 'Nothing was lost; the next run goes on from here. See which other program uses up the calls, or raise the limit with the vendor.'
        : `Nothing was lost; the next run goes on from here. To allow Sluice more calls set budget.dailyShare of "${connection}" in sluice.yaml.`,
    cause: spent,
  });
}
