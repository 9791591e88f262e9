import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { type ErrorGroup, type Resent, resendErrors } from '../api.ts';
import { count } from '../format.ts';
import { Badge, type Tone } from '../parts/badges.tsx';
import { Prose } from '../parts/prose.tsx';
import { When } from '../parts/when.tsx';
import classes from './errors.module.css';
import { Records } from './records.tsx';

/** What happened at each stage, in a word or two. */
const STAGES: Readonly<Record<string, readonly [word: string, tone: Tone]>> = {
  read: ['not read', 'bad'],
  map: ['not understood', 'warn'],
  match: ['not matched', 'warn'],
  write: ['refused', 'bad'],
  value: ['value held', 'warn'],
  schema: ['schema changed', 'warn'],
  contested: ['contested', 'warn'],
  revenue: ['not booked', 'warn'],
};

/** What resending does, where it is not to send a write once more. */
const WAYS: Readonly<Record<string, string>> = {
  schema: 'Accept as it is',
  read: 'Read again',
  map: 'Read again',
  value: 'Try again',
  contested: 'Write again',
};

/** Errors of one cause: whose words, what to do, which records, and a way to send them again. */
export function Group({ group }: { group: ErrorGroup }) {
  const id = useId();
  const [open, setOpen] = useState(false);
  const queries = useQueryClient();
  const resending = useMutation({
    mutationFn: () => resendErrors(group.id),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['errors'] }),
  });
  const thing = group.stage === 'schema' ? 'field' : 'record';
  const isWhole = group.samples.every((sample) => sample === '' || sample === group.object);
  const [word, tone] = STAGES[group.stage] ?? [group.stage, 'warn'];
  return (
    <article className={classes.group} aria-labelledby={id}>
      <header className={classes.head}>
        <h2 id={id} className={classes.name}>
          {isWhole || `${countOf(group.records, thing)} of `}
          {group.connection} {group.object}
        </h2>
        <Badge tone={tone}>{word}</Badge>
        <code className={classes.code}>{group.code}</code>
      </header>
      <blockquote className={classes.words}>{group.message}</blockquote>
      {group.hint && (
        <p className={classes.hint}>
          <Prose text={group.hint} />
        </p>
      )}
      <p className={classes.facts}>
        <span>
          Since <When at={group.firstAt} exact />, last <When at={group.lastAt} />
        </span>
        {group.fields.length > 0 && (
          <span>
            {group.fields.length === 1 ? 'Field' : 'Fields'} {group.fields.join(', ')}
          </span>
        )}
      </p>
      <div className={classes.ways}>
        {!isWhole && (
          <Button size="xs" variant="default" aria-describedby={id} aria-expanded={open} onClick={() => setOpen(!open)}>
            {open ? 'Hide' : 'Show'} the {thing}
            {group.records > 1 && 's'}
          </Button>
        )}
        {group.canResend && (
          <Button size="xs" aria-describedby={id} loading={resending.isPending} onClick={() => resending.mutate()}>
            {WAYS[group.stage] ?? 'Resend'}
          </Button>
        )}
        <span role="status" className={classes.said}>
          {resending.data && saidOf(resending.data)}
          {resending.error && <span className={classes.failed}>{resending.error.message}</span>}
        </span>
      </div>
      {open && <Records id={group.id} />}
    </article>
  );
}

const countOf = (number: number, thing: string): string => `${count(number)} ${thing}${number === 1 ? '' : 's'}`;

function saidOf({ writes, lookedAt, accepted }: Resent): string {
  if (writes > 0) return `${countOf(writes, 'write')} ${writes === 1 ? 'is' : 'are'} sent with the next run.`;
  if (accepted > 0) return 'Taken as the CRM has it now, from the next run on.';
  if (lookedAt > 0) {
    return `${countOf(lookedAt, 'record')} ${lookedAt === 1 ? 'is' : 'are'} looked at in the next run.`;
  }
  return 'There is nothing to send: what is refused has changed already.';
}
