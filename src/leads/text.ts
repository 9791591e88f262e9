export { clip, counted, fold } from '../model/text.ts';
