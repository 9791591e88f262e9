import { Button, NativeSelect, Switch, TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import type { ReportEntry, ReportList } from '../api.ts';
import classes from './reports.module.css';
import { PERIODS, type ReportSearch } from './search.ts';

interface NarrowingProps {
  readonly list: ReportList;
  readonly entry: ReportEntry;
  readonly search: ReportSearch;
}

/** What the report shown may be narrowed by. */
export function Narrowing({ list, entry, search }: NarrowingProps) {
  const navigate = useNavigate({ from: '/reports' });
  const narrow = (change: ReportSearch) =>
    navigate({ search: (present) => ({ ...present, ...change }), replace: true });
  const has = (option: string) => entry.options.includes(option);
  if (entry.options.length === 0) return null;
  const choices = (all: string, named: readonly { readonly id: string; readonly name: string }[]) => [
    { value: '', label: all },
    ...named.map(({ id, name }) => ({ value: id, label: name })),
  ];
  const isNarrowed = Object.entries(search).some(([key, value]) => key !== 'report' && value !== undefined);
  return (
    <search className={classes.narrowing}>
      {has('period') && (
        <>
          <NativeSelect
            label="Period"
            value={search.from || search.to ? 'dates' : (search.period ?? '')}
            onChange={(event) =>
              narrow({ period: event.currentTarget.value || undefined, from: undefined, to: undefined })
            }
            data={[...PERIODS, ...(search.from || search.to ? [{ value: 'dates', label: 'By dates' }] : [])]}
          />
          <TextInput
            type="date"
            label="From"
            value={search.from ?? ''}
            onChange={(event) => narrow({ from: event.currentTarget.value || undefined, period: undefined })}
          />
          <TextInput
            type="date"
            label="To"
            value={search.to ?? ''}
            onChange={(event) => narrow({ to: event.currentTarget.value || undefined, period: undefined })}
          />
        </>
      )}
      {has('partner') && (
        <NativeSelect
          label="Partner"
          value={search.partner ?? ''}
          onChange={(event) => narrow({ partner: event.currentTarget.value || undefined })}
          data={choices('All partners', list.partners)}
        />
      )}
      {has('campaign') && (
        <NativeSelect
          label="Campaign"
          value={search.campaign ?? ''}
          onChange={(event) => narrow({ campaign: event.currentTarget.value || undefined })}
          data={choices('All campaigns', list.campaigns)}
        />
      )}
      {has('model') && (
        <NativeSelect
          label="Model"
          value={search.model ?? ''}
          onChange={(event) => narrow({ model: event.currentTarget.value || undefined })}
          data={[{ value: '', label: 'All models' }, ...list.models]}
        />
      )}
      {has('drill') && (
        <Switch
          className={classes.drill}
          label="Show every deal and touch"
          checked={search.drill === '1'}
          onChange={(event) => narrow({ drill: event.currentTarget.checked ? '1' : undefined })}
        />
      )}
      {isNarrowed && (
        <Button variant="subtle" onClick={() => navigate({ search: { report: entry.name }, replace: true })}>
          Clear
        </Button>
      )}
    </search>
  );
}
