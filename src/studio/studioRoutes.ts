/** The studio's addresses: files, lists, history and render jobs (`api` of protocol.ts). */
import { createReadStream } from 'node:fs';
import path from 'node:path';
import { listConfigKeys } from '../config/listConfigKeys.ts';
import { isLivePicture } from './evaluationPictures.ts';
import { addFleetRoutes } from './fleetRoutes.ts';
import type { NewRuns } from './newRuns.ts';
import type { PageFile } from './pageFiles.ts';
import type { PhotoFiles } from './photoFiles.ts';
import { newRunRequest, type RunEntry, renderJobRequest } from './protocol.ts';
import type { RenderJobs } from './renderJobs.ts';
import type { Room } from './room.ts';
import { listPictures, readPicture, readScalars } from './runFiles.ts';
import type { StudioFleet } from './studioFleet.ts';
import type { Thumbnails } from './thumbnails.ts';
import type { FastifyInstance, FastifyReply } from './webLibraries.ts';

/** A run, and all that the studio has for it. */
export interface StudioRoom {
  readonly room: Room;
  readonly photos: PhotoFiles;
  readonly jobs: RenderJobs;
}

/** The runs that can be looked at. */
export interface StudioRooms {
  /** Opened when it is asked for; undefined for a name that is no run's. Left out: the run that the studio was started for. */
  open(name: string | undefined): Promise<StudioRoom | undefined>;
  /** Absolute path of a run's folder, opened or not; undefined for a name that is no run's. */
  folderOf(name: string): Promise<string | undefined>;
  /** Newest first. */
  list(): Promise<readonly RunEntry[]>;
  readonly thumbnails: Thumbnails;
  /** Begins runs; absent where nobody may. */
  readonly newRuns?: NewRuns | undefined;
  /** A fleet whose runs are listed, too. */
  readonly fleet?: StudioFleet | undefined;
}

type Params = { readonly run: string; readonly [name: string]: string };

const downloadTypes: Readonly<Record<string, string>> = {
  '.webp': 'image/webp',
  '.mp4': 'video/mp4',
  '.webm': 'video/webm',
};

export function addPage(app: FastifyInstance, files: ReadonlyMap<string, PageFile>): void {
  for (const [url, { type, body, packed, isImmutable }] of files)
    app.get(url, async ({ headers }, reply) => {
      if (isImmutable) reply.header('cache-control', 'public, max-age=31536000, immutable');
      reply.type(type).header('vary', 'accept-encoding');
      if (!/\bgzip\b/.test(headers['accept-encoding'] ?? '')) return reply.send(body);
      return reply.header('content-encoding', 'gzip').send(await packed());
    });
  if (!files.has('/'))
    app.get('/', (_, reply) =>
      reply.code(503).type('text/plain').send('The studio has no page: it was not built (npm run build).\n'),
    );
}

/** @param readOnly nothing may be rendered or removed */
export function addRoutes(app: FastifyInstance, rooms: StudioRooms, readOnly: boolean): void {
  app.get('/api/runs', () => rooms.list());
  app.get('/api/config-keys', () => listConfigKeys());
  app.get<{ Params: Params }>('/api/runs/:run/scalars', async ({ params }, reply) => {
    const folder = await rooms.folderOf(params.run);
    return folder === undefined ? missing(reply, 'run') : readScalars(folder);
  });
  app.get<{ Params: Params }>('/api/runs/:run/pictures', async ({ params }, reply) => {
    const folder = await rooms.folderOf(params.run);
    return folder === undefined ? missing(reply, 'run') : listPictures(folder);
  });
  app.get<{ Params: Params }>('/api/runs/:run/pictures/:file', async ({ params }, reply) => {
    const folder = await rooms.folderOf(params.run);
    if (folder === undefined) return missing(reply, 'run');
    const name = params['file']!;
    const png = isLivePicture(name)
      ? await (await rooms.open(params.run))?.room.evaluationPicture(name)
      : await readPicture(folder, name);
    return png ? reply.type('image/png').send(png) : missing(reply, 'picture');
  });
  app.get<{ Params: Params; Querystring: { readonly size?: string } }>(
    '/api/runs/:run/photos/:split/:index',
    async ({ params, query }, reply) => {
      const { split, index } = params;
      if ((split !== 'train' && split !== 'eval') || !/^\d{1,6}$/.test(index!))
        return missing(reply, 'photo');
      const jpeg = await (await rooms.open(params.run))?.photos.read(
        split,
        Number(index),
        Number(query.size ?? 160) || 160,
      );
      if (!jpeg) return missing(reply, 'photo');
      return reply.header('cache-control', 'private, max-age=3600').type('image/jpeg').send(jpeg);
    },
  );
  addThumbnails(app, rooms);
  addRenderJobs(app, rooms, readOnly);
  addNewRuns(app, rooms);
  addFleetRoutes(app, rooms.fleet, readOnly);
}

function addThumbnails(app: FastifyInstance, rooms: StudioRooms): void {
  app.get<{ Params: Params }>('/api/runs/:run/thumbnail', async ({ params }, reply) => {
    const gone = new AbortController();
    reply.raw.on('close', () => gone.abort());
    if ((await rooms.folderOf(params.run)) === undefined) return missing(reply, 'run');
    const jpeg = await rooms.thumbnails.read(params.run, gone.signal);
    // Nothing is wrong with that: browsers write errors on their consoles.
    if (!jpeg) return reply.code(204).send();
    return reply.header('cache-control', 'private, max-age=3600').type('image/jpeg').send(jpeg);
  });
}

function addNewRuns(app: FastifyInstance, { newRuns }: StudioRooms): void {
  const refused = { error: 'nobody may begin runs with this studio' };
  app.get('/api/new-run', (_, reply) => newRuns?.choices() ?? reply.code(403).send(refused));
  app.post(
    '/api/runs',
    { config: { rateLimit: { max: 20, timeWindow: 60_000 } } },
    async ({ body }, reply) => {
      if (!newRuns) return reply.code(403).send(refused);
      const request = newRunRequest.safeParse(body);
      const answer = request.success
        ? await newRuns.start(request.data)
        : {
            errors: request.error.issues.map(({ path: [key], message }) => ({
              key: String(key ?? ''),
              message,
            })),
          };
      if ('name' in answer) return reply.code(202).send(answer);
      return reply.code(400).send({ error: answer.errors[0]?.message, ...answer });
    },
  );
}

function addRenderJobs(app: FastifyInstance, rooms: StudioRooms, readOnly: boolean): void {
  app.get<{ Params: Params }>('/api/runs/:run/renders', async ({ params }, reply) => {
    const opened = await rooms.open(params.run);
    return opened ? opened.jobs.list : missing(reply, 'run');
  });
  app.post<{ Params: Params }>('/api/runs/:run/renders', async ({ params, body }, reply) => {
    if (readOnly) return reply.code(403).send({ error: 'the studio is read-only' });
    const opened = await rooms.open(params.run);
    if (!opened) return missing(reply, 'run');
    const request = renderJobRequest.safeParse(body);
    const [issue] = request.error?.issues ?? [];
    if (!request.success)
      return reply.code(400).send({ error: `${issue?.path.join('.')}: ${issue?.message}` });
    try {
      return reply.code(202).send(opened.jobs.add(request.data));
    } catch (error) {
      return reply.code(400).send({ error: (error as Error).message });
    }
  });
  app.delete<{ Params: Params }>('/api/runs/:run/renders/:id', async ({ params }, reply) => {
    if (readOnly) return reply.code(403).send({ error: 'the studio is read-only' });
    const removed = (await rooms.open(params.run))?.jobs.remove(params['id']!);
    return removed ? reply.code(204).send() : missing(reply, 'render job');
  });
  app.get<{ Params: Params }>('/api/runs/:run/renders/:id/file', async ({ params }, reply) => {
    const file = (await rooms.open(params.run))?.jobs.fileOf(params['id']!);
    if (file === undefined) return missing(reply, 'render job that is done');
    const type = downloadTypes[path.extname(file)]!;
    reply.header('content-disposition', `attachment; filename="${path.basename(file)}"`);
    return reply.type(type).send(createReadStream(file));
  });
}

function missing(reply: FastifyReply, what: string): FastifyReply {
  return reply.code(404).send({ error: `there is no such ${what}` });
}
