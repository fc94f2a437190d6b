/** `evmill t8n --serve`: the same transitions in one warm process, asked for over HTTP or a Unix socket. */

import { existsSync, rmSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { toHex } from '../bytes.ts';
import { eip3155Tracer } from '../trace/eip3155.ts';
import { AllocBuilder, allocText } from '../transition/allocJson.ts';
import { recordOf } from '../transition/environment.ts';
import { resultJson } from '../transition/resultJson.ts';
import { readingJson, ToolError } from '../transition/toolError.ts';
import { integerSetting, planOf } from '../transition/toolInput.ts';
import { bodyOf, type TransitionPlan, transition } from '../transition/transition.ts';
import { UsageError } from './host.ts';
import { gathered } from './toolFiles.ts';

/** Where to listen: a port of this machine, or a socket's path. */
export type Address = { readonly host: string; readonly port: number } | { readonly path: string };

/** Most bytes of one request, unless another limit is given. */
export const DEFAULT_BODY_LIMIT = 256 * 2 ** 20;

/** Most characters of traces in one answer. */
const TRACE_LIMIT = 64 * 2 ** 20;

/**
 * An address by how a user writes it: `8545`, `127.0.0.1:8545`, `/tmp/t8n.sock`. Without a host it is this machine.
 * @throws {UsageError} when it is none
 */
export function addressFrom(text: string): Address {
  const [, host = '127.0.0.1', digits] = /^(?:([^/:]+|\[[0-9a-f:]+\]):)?([0-9]{1,5})$/i.exec(text) ?? [];
  if (digits !== undefined && Number(digits) < 65536) {
    return { host: host.replace(/^\[|\]$/g, ''), port: Number(digits) };
  }
  if (text.includes('/')) return { path: text.replace(/^unix:/, '') };
  throw new UsageError(
    `--serve: expected a port, HOST:PORT or the path of a socket, got ${JSON.stringify(text)}`,
  );
}

/** A server that is listening. */
export interface RunningServer {
  /** as a client writes it */
  readonly url: string;
  /** ends when the server has been closed */
  readonly closed: Promise<void>;
  close(): void;
}

/**
 * Begins to serve.
 * @throws {UsageError} when the address cannot be had
 */
export async function serve(address: Address, bodyLimit = DEFAULT_BODY_LIMIT): Promise<RunningServer> {
  if ('path' in address) await removeDeadSocket(address.path);
  const server = createServer((request, response) => void answer(request, response, bodyLimit));
  await listening(server, address);
  const closed = new Promise<void>((resolve) => server.once('close', resolve));
  const close = (): void => {
    server.close();
    server.closeIdleConnections();
  };
  return { url: urlOf(server, address), closed, close };
}

function listening(server: Server, address: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const where = 'path' in address ? address.path : `${address.host}:${address.port}`;
      const why = error.code === 'EADDRINUSE' ? 'it is in use' : error.message;
      reject(new UsageError(`--serve: cannot listen on ${where}: ${why}`));
    });
    server.listen(address, resolve);
  });
}

function urlOf(server: Server, address: Address): string {
  if ('path' in address) return `unix:${address.path}`;
  const bound = server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : address.port;
  return `http://${address.host.includes(':') ? `[${address.host}]` : address.host}:${port}`;
}

/** A socket that nobody answers on is what a process left behind that did not end well. */
function removeDeadSocket(path: string): Promise<void> {
  if (!existsSync(path) || !statSync(path).isSocket()) return Promise.resolve();
  return new Promise((resolve) => {
    const probe = connect(path);
    probe.once('connect', () => {
      probe.destroy();
      resolve();
    });
    probe.once('error', () => {
      rmSync(path, { force: true });
      resolve();
    });
  });
}

/** What is wrong with a request, as HTTP has it. */
class Refused extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

async function answer(request: IncomingMessage, response: ServerResponse, bodyLimit: number): Promise<void> {
  try {
    if (request.method === 'GET') {
      send(response, 200, {
        name: 'evmill',
        accepts: 'POST {state: {fork, chainid, reward}, input: {alloc, env, txs}}',
      });
      return;
    }
    if (request.method !== 'POST') throw new Refused(405, `expected POST, got ${request.method}`);
    const body = await readBody(request, bodyLimit);
    const pieces = gathered(answerText(body));
    // what fails does so before the first piece, and with a status of its own
    const first = pieces.next();
    response.writeHead(200, { 'content-type': 'application/json' });
    if (!first.done) response.write(first.value);
    for (const piece of pieces) response.write(piece);
    response.end();
  } catch (error) {
    refuse(response, error);
  }
}

function refuse(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  if (error instanceof ToolError) {
    const status = error.fault === 'execution' || error.fault === 'missingBlockHash' ? 422 : 400;
    send(response, status, { error: error.message, exitCode: error.exitCode });
  } else if (error instanceof Refused) {
    // what is left of the request will not be read
    response.setHeader('connection', 'close');
    send(response, error.status, { error: error.message });
  } else send(response, 500, { error: `unexpected: ${(error as Error).message}` });
}

function send(response: ServerResponse, status: number, json: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(`${JSON.stringify(json)}\n`);
}

async function readBody(request: IncomingMessage, limit: number): Promise<string> {
  const tooLarge = () => new Refused(413, `expected at most ${limit} bytes`);
  if (Number(request.headers['content-length'] ?? 0) > limit) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > limit) throw tooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Executes what a request asks for: nothing of it outlives the answer, and one is executed after the other. */
function* answerText(body: string): Generator<string> {
  const request = readingJson('the request', () => recordOf(JSON.parse(body), 'request'));
  const traces = new Map<string, string>();
  const plan = planOfRequest(request);
  const result = transition(request['trace'] === true ? { ...plan, watch: traceInto(traces) } : plan);
  yield '{"alloc":';
  yield* allocText(result.post);
  yield `,"result":${JSON.stringify(resultJson(result))},"body":${JSON.stringify(toHex(bodyOf(result)))}`;
  if (request['trace'] === true) yield `,"traces":${JSON.stringify(Object.fromEntries(traces))}`;
  yield '}\n';
}

function planOfRequest(request: Readonly<Record<string, unknown>>): TransitionPlan {
  const [state, input] = readingJson('the request', () => [
    recordOf(request['state'], 'state'),
    recordOf(request['input'], 'input'),
  ]);
  const number = (name: string, absent: string) =>
    integerSetting(state[name] == null ? absent : String(state[name]), `state.${name}`);
  const { env, txs, txsRlp } = input;
  const plan = planOf(
    { env, txs, txsRlp: typeof txsRlp === 'string' ? txsRlp : undefined, blobParams: input['blobParams'] },
    { fork: String(state['fork'] ?? ''), chainId: number('chainid', '1'), reward: number('reward', '0') },
    { env: 'input.env', txs: 'input.txs' },
  );
  const pre = new AllocBuilder();
  const alloc = readingJson('input.alloc', () => recordOf(input['alloc'], 'alloc'));
  for (const [address, account] of Object.entries(alloc)) pre.add(address, account);
  return { ...plan, pre: pre.alloc };
}

/** Keeps each transaction's EIP-3155 lines by the name that their file would have. */
function traceInto(traces: Map<string, string>): NonNullable<TransitionPlan['watch']> {
  let room = TRACE_LIMIT;
  return (index, hash) => {
    let lines = '';
    const tracer = eip3155Tracer((text) => {
      room -= text.length;
      if (room < 0) {
        throw new ToolError('execution', `traces: expected at most ${TRACE_LIMIT} characters; use --trace`);
      }
      lines += text;
    });
    return {
      tracer,
      end() {
        tracer.flush();
        traces.set(`trace-${index}-${hash}.jsonl`, lines);
      },
    };
  };
}
