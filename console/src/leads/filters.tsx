import { Button, NativeSelect, Pill, SegmentedControl, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import type { Grade, LeadState } from '../api.ts';
import { STATES } from '../parts/badges.tsx';
import classes from './leads.module.css';
import { GRADES, isFiltered, type LeadSearch } from './search.ts';

/** What narrows the list. Every change goes back to the first page. */
export function Filters({ search, partnerName }: { search: LeadSearch; partnerName: string | null }) {
  const navigate = useNavigate({ from: '/leads' });
  const filter = (change: Partial<Record<keyof LeadSearch, unknown>>) =>
    navigate({ search: (present) => ({ ...present, page: undefined, ...change }) as LeadSearch, replace: true });
  return (
    <search className={classes.filters}>
      <SearchBox present={search.q ?? ''} onSearch={(q) => filter({ q: q || undefined })} />
      <NativeSelect
        aria-label="State"
        value={search.state ?? ''}
        onChange={(event) => filter({ state: (event.currentTarget.value as LeadState) || undefined })}
        data={[{ value: '', label: 'All states' }, ...STATES]}
      />
      <SegmentedControl
        size="sm"
        aria-label="Grade"
        value={search.grade ?? ''}
        onChange={(value) => filter({ grade: (value as Grade) || undefined })}
        data={[{ value: '', label: 'All grades' }, ...GRADES]}
      />
      {search.partner && (
        <Pill
          size="lg"
          withRemoveButton
          removeButtonProps={{ 'aria-label': 'Leads of all partners', 'aria-hidden': false, tabIndex: 0 }}
          onRemove={() => filter({ partner: undefined })}
        >
          {partnerName ?? search.partner}
        </Pill>
      )}
      {isFiltered(search) && (
        <Button
          variant="subtle"
          onClick={() => filter({ state: undefined, grade: undefined, partner: undefined, q: undefined })}
        >
          Clear
        </Button>
      )}
    </search>
  );
}

/** Asks when the typing rests; follows the address when that changes by other means (back, clear). */
function SearchBox({ present, onSearch }: { present: string; onSearch: (text: string) => void }) {
  const [text, setText] = useState(present);
  const ask = useDebouncedCallback(onSearch, 250);
  useEffect(() => setText(present), [present]);
  return (
    <TextInput
      type="search"
      className={classes.search}
      aria-label="Search leads"
      placeholder="Name, e-mail or company"
      maxLength={200}
      value={text}
      onChange={(event) => {
        setText(event.currentTarget.value);
        ask(event.currentTarget.value.trim());
      }}
    />
  );
}
