import type { OfferView } from '../api.ts';
import { OfferBadge } from '../parts/badges.tsx';
import { Nothing } from '../parts/panel.tsx';
import { When } from '../parts/when.tsx';
import { Deadlines } from './deadlines.tsx';
import classes from './lead.module.css';

/** The rounds of offers, in their order. */
export function Offers({ offers }: { offers: readonly OfferView[] }) {
  if (offers.length === 0) return <Nothing>This lead has not been offered to a partner.</Nothing>;
  return (
    <ol className={classes.line}>
      {offers.map((offer) => (
        <li key={offer.id} data-live={offer.status === 'Open' || offer.status === 'Accepted' || undefined}>
          <div className={classes.offerHead}>
            <strong>
              {offer.round}. {offer.partner.name}
            </strong>
            <OfferBadge status={offer.status} />
          </div>
          <div className={classes.small}>
            Offered <When at={offer.offeredAt} exact />
            {offer.closedAt ? (
              <>
                , closed <When at={offer.closedAt} exact />
              </>
            ) : (
              <>
                , to accept by <When at={offer.acceptBy} exact />
              </>
            )}
          </div>
          <Deadlines offer={offer} />
          {offer.responseReason && <div>“{offer.responseReason}”</div>}
          <div className={`${classes.small} mono`}>{offer.id}</div>
        </li>
      ))}
    </ol>
  );
}
