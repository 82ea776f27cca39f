/** The MLflow sink against a stand-in for a server, which refuses what it is told to. */
import { createServer } from 'node:http';
import { expect, it, onTestFinished } from 'vitest';
import { mlflowSink } from '../../../streams/sinks/mlflowSink.ts';
import { runSink, scalar, temporaryFolder } from './runSink.ts';

/** @param refuses whether the request with this number (from 1) that brings parameters finds the server busy */
async function server(refuses: (request: number) => boolean) {
  const params = new Map<string, string>();
  let runs = 0;
  let requests = 0;
  const http = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const answer = (status: number, body: object) => response.writeHead(status).end(JSON.stringify(body));
    if (request.url?.includes('get-by-name')) return answer(200, { experiment: { experiment_id: '1' } });
    if (request.url?.endsWith('runs/create'))
      return answer(200, { run: { info: { run_id: `run${++runs}` } } });
    const sent = request.url?.endsWith('log-batch') ? (JSON.parse(text).params ?? []) : [];
    if (sent.length > 0 && refuses(++requests)) return answer(503, {});
    for (const { key, value } of sent) params.set(key, value);
    return answer(200, { run: { data: {} } });
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void http.close());
  const address = http.address() as { port: number };
  return { url: `http://127.0.0.1:${address.port}`, params, runs: () => runs };
}

/** 150 settings are two requests. */
const config = Object.fromEntries(Array.from({ length: 150 }, (_, index) => [`key${index}`, index]));

it('[SK2] sends the parameters again that found the server busy, to the same run', async () => {
  const { url, params, runs } = await server((request) => request === 2);
  const report = await runSink(mlflowSink({ url }), [scalar('loss', 1, 1)], {
    runDir: temporaryFolder(),
    config,
  });
  expect(report).toEqual({ name: 'mlflow', delivered: 1, dropped: 0 });
  expect([params.size, runs()]).toEqual([150, 1]);
  expect(params.get('key149')).toBe('149');
});

it('[SK2] sends them in the next session where the first never could', async () => {
  const runDir = temporaryFolder();
  let busy = true;
  const { url, params, runs } = await server(() => busy);
  await runSink(mlflowSink({ url, flushTimeoutMs: 300 }), [scalar('loss', 1, 1)], { runDir, config });
  expect(params.size).toBe(0);
  busy = false;
  await runSink(mlflowSink({ url }), [scalar('loss', 2, 1)], { runDir, config, fromStep: 1 });
  expect([params.size, runs()]).toEqual([150, 1]);
});
