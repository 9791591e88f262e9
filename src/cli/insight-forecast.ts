import { backtest, forecast, NoForecast } from '../insight/forecast.ts';
import { loadForecastDeals } from '../insight/service/forecast.ts';
import { answer, EXIT, UserError } from './context.ts';
import { forecastText } from './insight-forecast-text.ts';
import type { AppCommand } from './with-app.ts';

const DAY = 86_400_000;
/** What is drawn: the same for the same deals. */
const SEED = 20_260_101;

/** `insight forecast [--days N]`: what will be won, and how the method did before. */
export const insightForecast: AppCommand = async (app, io, options) => {
  const confidence = app.rules.scorecard?.confidence ?? 0.9;
  const { clock } = await app.environment();
  const today = Math.floor(clock.now() / DAY);
  const rules = { days: Number(options.days ?? 90), confidence, seed: SEED };
  const { currency } = app.config.vendor;
  const { deals, otherCurrency, undated } = await loadForecastDeals(app.store.db, currency);
  try {
    const shown = {
      forecast: forecast(deals, today, rules),
      backtest: backtest(deals, today, rules),
      currency,
      confidence,
    };
    answer(io, options, { ...shown, otherCurrency, undated }, () => forecastText({ ...shown, otherCurrency, undated }));
  } catch (error) {
    if (!(error instanceof NoForecast)) throw error;
    const others =
      otherCurrency + undated > 0
        ? ` ${otherCurrency} deals in other currencies and ${undated} without a day are left out.`
        : '';
    throw new UserError(error.message, { hint: `Try fewer days: --days 30.${others}` });
  }
  return EXIT.done;
};
