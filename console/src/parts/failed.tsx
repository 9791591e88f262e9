import { Alert, Button, Title } from '@mantine/core';
import { type ErrorComponentProps, Link } from '@tanstack/react-router';

interface FailedProps {
  /** What could not be shown: "The leads". */
  readonly what: string;
  readonly error: Error;
  readonly retry: () => void;
}

/** In place of what could not be loaded: why, and a way to ask again. */
export function Failed({ what, error, retry }: FailedProps) {
  return (
    <Alert color="red" variant="light" role="alert" title={`${what} could not be loaded`}>
      <p style={{ margin: '0 0 0.75rem' }}>{error.message}</p>
      <Button size="xs" variant="default" onClick={retry}>
        Try again
      </Button>
    </Alert>
  );
}

/** A page whose code could not be loaded or failed: after a new build its old chunks are gone, and loading anew helps. */
export function PageFailed({ error }: ErrorComponentProps) {
  return (
    <Failed
      what="This page"
      error={error instanceof Error ? error : new Error(String(error))}
      retry={() => window.location.reload()}
    />
  );
}

export function NoSuchPage() {
  return (
    <>
      <Title order={1}>There is no such page</Title>
      <p>
        <Link to="/">To the overview</Link>
      </p>
    </>
  );
}
