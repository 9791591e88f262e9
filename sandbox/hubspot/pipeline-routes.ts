import { HubSpotError, invalid, notFound } from './errors.ts';
import { typeOf } from './object-routes.ts';
import type { ObjectType } from './object-types.ts';
import type { Pipeline, Stage } from './pipelines.ts';
import { type Body, object, objectList, optionalNumber, optionalText, text } from './request-body.ts';
import { type Context, type Reply, type Route, route } from './router.ts';
import { iso } from './times.ts';

function findPipeline(context: Context): { type: ObjectType; pipeline: Pipeline } {
  const type = typeOf(context);
  const id = context.params.pipeline ?? '';
  const pipeline = context.portal.pipelinesOf(type).find((candidate) => candidate.id === id);
  if (pipeline === undefined) throw notFound(`Pipeline ${id} does not exist`, { pipelineId: [id] });
  return { type, pipeline };
}

function save(context: Context, type: ObjectType, pipeline: Pipeline): void {
  const others = (context.portal.pipelines.get(type.id) ?? []).filter((candidate) => candidate.id !== pipeline.id);
  context.portal.pipelines.set(
    type.id,
    [...others, pipeline].sort((a, b) => a.displayOrder - b.displayOrder),
  );
}

/** Metadata as strings; a deal stage must say how probable it is. */
function readMetadata(type: ObjectType, body: Body, present: Readonly<Record<string, string>>): Record<string, string> {
  const given = body.metadata === undefined || body.metadata === null ? {} : object(body, 'metadata');
  const metadata = {
    ...present,
    ...Object.fromEntries(Object.entries(given).map(([name, value]) => [name, String(value)])),
  };
  if (type.name !== 'deals') return metadata;
  const probability = Number(metadata.probability);
  if (metadata.probability === undefined || !(probability >= 0 && probability <= 1)) {
    throw invalid('A deal stage needs metadata.probability from 0.0 to 1.0', 'INVALID_STAGE_METADATA', {
      probability: [metadata.probability ?? ''],
    });
  }
  return { ...metadata, isClosed: metadata.isClosed ?? String(probability === 0 || probability === 1) };
}

function readStage(context: Context, type: ObjectType, body: Body, order: number, present?: Stage): Stage {
  const now = iso(context.portal.clock.now());
  return {
    id: present?.id ?? optionalText(body, 'stageId') ?? String(1_000_000_000 + context.portal.random.int(900_000_000)),
    label: present === undefined ? text(body, 'label') : (optionalText(body, 'label') ?? present.label),
    displayOrder: optionalNumber(body, 'displayOrder') ?? present?.displayOrder ?? order,
    metadata: readMetadata(type, body, present?.metadata ?? {}),
    archived: false,
    createdAt: present?.createdAt ?? now,
    updatedAt: now,
    writePermissions: 'CRM_PERMISSIONS_ENFORCEMENT',
  };
}

function createPipeline(context: Context): Reply {
  const type = typeOf(context);
  const { portal, body } = context;
  const label = text(body, 'label');
  if (portal.pipelinesOf(type).some((pipeline) => pipeline.label === label)) {
    throw new HubSpotError(409, `A pipeline labelled ${label} already exists`, { category: 'CONFLICT' });
  }
  const now = iso(portal.clock.now());
  const pipeline: Pipeline = {
    id: optionalText(body, 'pipelineId') ?? String(700_000_000 + portal.random.int(90_000_000)),
    label,
    displayOrder: optionalNumber(body, 'displayOrder') ?? portal.pipelinesOf(type).length,
    archived: false,
    createdAt: now,
    updatedAt: now,
    stages: objectList(body, 'stages').map((stage, order) => readStage(context, type, stage, order)),
  };
  if (pipeline.stages.length === 0) throw invalid('A pipeline needs at least one stage', 'NO_STAGES');
  save(context, type, pipeline);
  return { status: 201, body: pipeline };
}

function updatePipeline(context: Context): Reply {
  const { type, pipeline } = findPipeline(context);
  const { body } = context;
  const next: Pipeline = {
    ...pipeline,
    label: optionalText(body, 'label') ?? pipeline.label,
    displayOrder: optionalNumber(body, 'displayOrder') ?? pipeline.displayOrder,
    updatedAt: iso(context.portal.clock.now()),
    stages:
      body.stages === undefined
        ? pipeline.stages
        : objectList(body, 'stages').map((stage, order) => readStage(context, type, stage, order)),
  };
  save(context, type, next);
  return { status: 200, body: next };
}

function deletePipeline(context: Context): Reply {
  const { type, pipeline } = findPipeline(context);
  const stages = new Set(pipeline.stages.map((stage) => stage.id));
  refuseUsed(context, type, stages);
  save(context, type, { ...pipeline, archived: true });
  return { status: 204 };
}

function refuseUsed(context: Context, type: ObjectType, stages: ReadonlySet<string>): void {
  const property = type.name === 'deals' ? 'dealstage' : 'hs_pipeline_stage';
  const used = context.portal
    .records(type)
    .rows.find((row) => row.archivedAt === null && stages.has(row.values[property] ?? ''));
  if (used !== undefined)
    throw invalid(`Stage ${used.values[property]} is used by record ${used.key}`, 'STAGE_ID_IN_USE', {
      objectId: [used.key],
    });
}

function findStage(context: Context): { type: ObjectType; pipeline: Pipeline; stage: Stage } {
  const { type, pipeline } = findPipeline(context);
  const id = context.params.stage ?? '';
  const stage = pipeline.stages.find((candidate) => candidate.id === id);
  if (stage === undefined) throw notFound(`Pipeline stage ${id} does not exist`, { stageId: [id] });
  return { type, pipeline, stage };
}

function createStage(context: Context): Reply {
  const { type, pipeline } = findPipeline(context);
  const stage = readStage(context, type, context.body, pipeline.stages.length);
  save(context, type, { ...pipeline, stages: [...pipeline.stages, stage] });
  return { status: 201, body: stage };
}

function updateStage(context: Context): Reply {
  const { type, pipeline, stage } = findStage(context);
  const next = readStage(context, type, context.body, stage.displayOrder, stage);
  save(context, type, { ...pipeline, stages: pipeline.stages.map((each) => (each.id === next.id ? next : each)) });
  return { status: 200, body: next };
}

function deleteStage(context: Context): Reply {
  const { type, pipeline, stage } = findStage(context);
  refuseUsed(context, type, new Set([stage.id]));
  save(context, type, { ...pipeline, stages: pipeline.stages.filter((each) => each.id !== stage.id) });
  return { status: 204 };
}

const READ = { scopes: ['crm.schemas.{type}.read', 'crm.objects.{type}.read'] };
const WRITE = { scopes: ['crm.schemas.{type}.write'] };

export const pipelineRoutes: readonly Route[] = [
  route('GET pipelines/:type', { kind: 'pipelines.list', ...READ }, (context) => ({
    status: 200,
    body: { results: context.portal.pipelinesOf(typeOf(context)) },
  })),
  route('POST pipelines/:type', { kind: 'pipelines.create', ...WRITE }, createPipeline),
  route('GET pipelines/:type/:pipeline', { kind: 'pipelines.read', ...READ }, (context) => ({
    status: 200,
    body: findPipeline(context).pipeline,
  })),
  route('PATCH pipelines/:type/:pipeline', { kind: 'pipelines.update', ...WRITE }, updatePipeline),
  route('PUT pipelines/:type/:pipeline', { kind: 'pipelines.update', ...WRITE }, updatePipeline),
  route('DELETE pipelines/:type/:pipeline', { kind: 'pipelines.archive', ...WRITE }, deletePipeline),
  route('GET pipelines/:type/:pipeline/stages', { kind: 'pipelines.stages', ...READ }, (context) => ({
    status: 200,
    body: { results: findPipeline(context).pipeline.stages },
  })),
  route('POST pipelines/:type/:pipeline/stages', { kind: 'pipelines.createStage', ...WRITE }, createStage),
  route('GET pipelines/:type/:pipeline/stages/:stage', { kind: 'pipelines.readStage', ...READ }, (context) => ({
    status: 200,
    body: findStage(context).stage,
  })),
  route('PATCH pipelines/:type/:pipeline/stages/:stage', { kind: 'pipelines.updateStage', ...WRITE }, updateStage),
  route('PUT pipelines/:type/:pipeline/stages/:stage', { kind: 'pipelines.updateStage', ...WRITE }, updateStage),
  route('DELETE pipelines/:type/:pipeline/stages/:stage', { kind: 'pipelines.archiveStage', ...WRITE }, deleteStage),
];
