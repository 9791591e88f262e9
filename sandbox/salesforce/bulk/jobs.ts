/** The jobs of an org's Bulk API 2.0: which there are, how they move from state to state as time passes, when they are forgotten. */
import { badRequest, notFound } from '../errors.ts';
import { showDatetime } from '../format.ts';
import { canonicalId } from '../ids.ts';
import type { Caller, Org } from '../org/org.ts';
import type { CsvFormat } from './csv.ts';

export type JobState = 'Open' | 'UploadComplete' | 'InProgress' | 'JobComplete' | 'Failed' | 'Aborted';

/** What a job does when its turn comes. */
export interface Work {
  /** The first half: from here on the job is InProgress.  @throws an error whose message becomes the job's */
  start(): void;
  /** The rest, in pieces between which other requests are served: afterwards the job is JobComplete. */
  finish(): Generator<void>;
}

export interface Job extends CsvFormat {
  readonly id: string;
  readonly kind: 'query' | 'ingest';
  readonly operation: string;
  readonly object: string;
  readonly caller: Caller;
  readonly createdAt: number;
  state: JobState;
  changedAt: number;
  /** When the job was handed in to be worked on. */
  queuedAt: number;
  errorMessage: string | null;
  processed: number;
  failed: number;
}

export interface BulkOptions {
  /** How long a job is queued and worked on, in milliseconds of the sandbox's clock; half of it queued. */
  delayMs: number;
  /** Query jobs that may be made in 24 hours; null: any number. */
  dailyQueryJobs: number | null;
  /** Rows of a page of results where the client does not say how many it wants; the vendor leaves that to itself. */
  pageRows: number;
}

const DAY = 24 * 3_600_000;
/** Jobs and their results live seven days. */
const LIFE = 7 * DAY;

/** All jobs. `settle` is called before each request, so that jobs go on though nobody polls them. */
export class Jobs {
  readonly options: BulkOptions;
  readonly #org: Org;
  readonly #jobs = new Map<string, { job: Job; work: Work | null }>();
  readonly #pending = new Set<string>();
  #failNext: string | null = null;

  constructor(org: Org, options: BulkOptions) {
    this.#org = org;
    this.options = options;
  }

  add(about: Pick<Job, 'kind' | 'operation' | 'object' | 'caller' | 'columnDelimiter' | 'lineEnding'>): Job {
    const now = this.#org.now();
    const { dailyQueryJobs } = this.options;
    if (about.kind === 'query' && dailyQueryJobs !== null && this.#madeSince('query', now - DAY) >= dailyQueryJobs) {
      throw badRequest('EXCEEDEDQUOTA', 'ApiBulkV2QueryJobs Limit exceeded.');
    }
    const job: Job = {
      ...about,
      id: this.#org.newId('750'),
      createdAt: now,
      state: 'Open',
      changedAt: now,
      queuedAt: now,
      errorMessage: null,
      processed: 0,
      failed: 0,
    };
    this.#jobs.set(job.id, { job, work: null });
    return job;
  }

  /** Hands a job in; `work` is done as time passes. */
  queue(job: Job, work: Work): void {
    this.#move(job, 'UploadComplete');
    job.queuedAt = this.#org.clock.now();
    this.#jobs.set(job.id, { job, work });
    this.#pending.add(job.id);
  }

  /** @throws NOT_FOUND where there is no such job (any more) */
  find(kind: Job['kind'], rawId: string): Job {
    const entry = this.#jobs.get(canonicalId(rawId) ?? '');
    if (!entry || entry.job.kind !== kind) throw notFound();
    return entry.job;
  }

  /** @throws INVALIDJOBSTATE where it has ended already */
  abort(job: Job): void {
    if (['JobComplete', 'Failed', 'Aborted'].includes(job.state)) {
      const ended = job.state === 'JobComplete' ? 'Completed' : job.state;
      throw badRequest('INVALIDJOBSTATE', `Aborting already ${ended} Job not allowed`);
    }
    this.#move(job, 'Aborted');
    this.#pending.delete(job.id);
  }

  remove(job: Job): void {
    if (job.state === 'Open' || job.state === 'InProgress') {
      throw badRequest('INVALIDJOBSTATE', `Deleting a job in state ${job.state} is not allowed`);
    }
    this.forget(job.id);
  }

  /** The jobs of a kind, oldest first. */
  list(kind: Job['kind']): Job[] {
    return [...this.#jobs.values()].map(({ job }) => job).filter((job) => job.kind === kind);
  }

  /** The next job that is worked on fails half way, with this message: what only happens at the vendor's. */
  failNext(message: string): void {
    this.#failNext = message;
  }

  /** Forgets a job before its time, or all. */
  forget(id?: string): void {
    for (const one of id === undefined ? [...this.#jobs.keys()] : [id]) {
      this.#jobs.delete(one);
      this.#pending.delete(one);
    }
  }

  /** Moves every job to where it stands by now. */
  settle(): void {
    const now = this.#org.clock.now();
    for (const [id, { job }] of this.#jobs) {
      if (job.createdAt > now - LIFE) break;
      this.forget(id);
    }
    for (const id of this.#pending) {
      const entry = this.#jobs.get(id);
      if (entry?.work) this.#advance(entry.job, entry.work, now);
    }
  }

  #advance(job: Job, work: Work, now: number): void {
    try {
      if (job.state === 'UploadComplete' && now >= job.queuedAt + this.options.delayMs / 2) {
        this.#move(job, 'InProgress');
        work.start();
        const message = this.#failNext;
        this.#failNext = null;
        if (message !== null) throw new Error(message);
      }
      if (job.state !== 'InProgress' || now < job.queuedAt + this.options.delayMs) return;
    } catch (error) {
      this.#fail(job, error);
    }
    this.#pending.delete(job.id);
    if (job.state === 'InProgress') this.#finish(job, work.finish());
  }

  /** Does the pieces one after the other; the first one at once, so that small jobs are done when they are asked for. */
  #finish(job: Job, pieces: Generator<void>): void {
    if (job.state !== 'InProgress') return;
    try {
      if (pieces.next().done) this.#move(job, 'JobComplete');
      else setImmediate(() => this.#finish(job, pieces));
    } catch (error) {
      this.#fail(job, error);
    }
  }

  #fail(job: Job, error: unknown): void {
    job.errorMessage = error instanceof Error ? error.message : String(error);
    this.#move(job, 'Failed');
  }

  #move(job: Job, state: JobState): void {
    job.state = state;
    job.changedAt = this.#org.now();
  }

  /** Query jobs made in the last 24 hours. */
  get queryJobsToday(): number {
    return this.#madeSince('query', this.#org.now() - DAY);
  }

  #madeSince(kind: Job['kind'], since: number): number {
    let made = 0;
    for (const { job } of this.#jobs.values()) if (job.kind === kind && job.createdAt > since) made++;
    return made;
  }
}

/** What the answers to POST, GET and PATCH have in common. */
export function jobInfo(job: Job): Record<string, unknown> {
  return {
    id: job.id,
    operation: job.operation,
    object: job.object,
    createdById: job.caller.userId,
    createdDate: showDatetime(job.createdAt),
    systemModstamp: showDatetime(job.changedAt),
    state: job.state,
    concurrencyMode: 'Parallel',
    contentType: 'CSV',
    apiVersion: job.caller.version,
    lineEnding: job.lineEnding,
    columnDelimiter: job.columnDelimiter,
  };
}

/** What only the answer to GET adds. */
export function progress(job: Job): Record<string, unknown> {
  return {
    jobType: job.kind === 'query' ? 'V2Query' : 'V2Ingest',
    numberRecordsProcessed: job.processed,
    retries: 0,
    totalProcessingTime: job.state === 'JobComplete' ? Math.max(1, job.changedAt - job.createdAt) : 0,
    ...(job.errorMessage === null ? {} : { errorMessage: job.errorMessage }),
  };
}
