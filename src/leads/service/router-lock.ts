/** To be called before leads, offers or partners are read that the decision who gets a lead rests on. */
export { lockDecisions as lockRouter } from '../../store/decision-lock.ts';
