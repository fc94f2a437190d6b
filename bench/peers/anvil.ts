/**
 * anvil, that is revm behind JSON-RPC, as a child process on the loopback interface. A run is one `eth_call`
 * over a connection that stays open; the detour is one that answers with the same bytes at once.
 */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { connect, type Socket } from 'node:net';
import type { Outcome, Peer, Run } from '../../src/bench/peer.ts';
import { wordHex } from '../../src/bench/program.ts';
import type { Hex } from '../../src/bytes.ts';
import { type Answer, callObject, ECHO_ADDRESS, echoCode, quantity, readOutcome } from './ethCall.ts';

/** Longest wait for one answer; a longer run is a failure of the bench. */
const ANSWER_TIMEOUT_MS = 120_000;
const START_TIMEOUT_MS = 20_000;

/** Forks whose names its releases know. */
const KNOWN = new Set('Istanbul Berlin London Paris Shanghai Cancun Prague Osaka'.split(' '));

/**
 * Kills the child when this process ends, however it ends: the pipe closes even when we are killed outright,
 * and no exit handler could do that.
 */
const GUARD = '"$0" "$@" & child=$!; cat >/dev/null; kill "$child"';

/** Opens anvil; the server itself starts with the first program, because a server knows one fork. */
export async function openAnvil(): Promise<Peer> {
  const binary = findBinary();
  let server: Server | undefined;
  let fork = '';
  let snapshot: unknown;
  let reference: Outcome;
  let callRequest: Buffer;
  let echoRequest: Buffer;

  async function ask(method: string, ...params: unknown[]): Promise<unknown> {
    const { answer } = await server!.post(encodeRequest(method, params));
    if (answer.error !== undefined) throw new Error(`anvil: ${method}: ${answer.error.message}`);
    return answer.result;
  }

  return {
    name: 'anvil',
    version:
      /Version: (\S+)/.exec(execFileSync(binary, ['--version'], { encoding: 'utf8' }))?.[1] ?? 'unknown',

    knows: ({ fork }) => KNOWN.has(fork),

    async prepare(program) {
      if (server === undefined || fork !== program.fork) {
        server?.close();
        server = await startServer(binary, program.fork.toLowerCase());
        fork = program.fork;
      } else {
        await ask('evm_revert', snapshot);
      }
      snapshot = await ask('evm_snapshot');
      for (const [address, account] of program.accounts) {
        await ask('anvil_setBalance', address, quantity(account.balance));
        await ask('anvil_setNonce', address, quantity(account.nonce));
        await ask('anvil_setCode', address, account.code);
        for (const [key, value] of account.storage) {
          await ask('anvil_setStorageAt', address, wordHex(key), wordHex(value));
        }
      }
      const { block } = program;
      const call = callObject(program);
      const blockOverrides = {
        number: quantity(block.number),
        time: quantity(block.timestamp),
        coinbase: block.coinbase,
        gasLimit: quantity(block.gasLimit),
        baseFee: quantity(block.baseFee),
        difficulty: quantity(block.difficulty),
        random: wordHex(block.prevRandao),
      };
      callRequest = encodeRequest('eth_call', [call, 'latest', null, blockOverrides]);

      // `eth_call` does not tell the gas used; a trace does, as a receipt would, once and outside the timing
      const trace = (await ask('debug_traceCall', call, 'latest', {
        tracer: 'callTracer',
        blockOverrides,
      })) as {
        readonly gasUsed: Hex;
        readonly error?: string;
      };
      const { answer } = await server.post(callRequest);
      reference = { ...readOutcome('anvil', answer), gasUsed: BigInt(trace.gasUsed) };

      await ask('anvil_setCode', ECHO_ADDRESS, echoCode(reference, program));
      echoRequest = encodeRequest('eth_call', [
        { ...call, to: ECHO_ADDRESS },
        'latest',
        null,
        blockOverrides,
      ]);
      const echo = readOutcome('anvil', (await server.post(echoRequest)).answer);
      if (echo.output !== reference.output)
        throw new Error('anvil: the detour does not answer as the program');
    },

    async run(): Promise<Run> {
      const { ms, answer } = await server!.post(callRequest);
      return { ms, outcome: { ...readOutcome('anvil', answer), gasUsed: reference.gasUsed } };
    },

    async detour() {
      return (await server!.post(echoRequest)).ms;
    },

    async close() {
      server?.close();
    },
  };
}

/**
 * The executable: the one that EVMILL_ANVIL names, or the platform's package from npm. The package that picks
 * one for the platform is not used: its wrapper would stand between us and the server.
 */
function findBinary(): string {
  const named = process.env.EVMILL_ANVIL;
  if (named !== undefined) return named;
  const name = `@foundry-rs/anvil-${process.platform}-${process.arch === 'x64' ? 'amd64' : process.arch}`;
  try {
    return createRequire(import.meta.url).resolve(`${name}/bin/anvil`);
  } catch {
    throw new Error(`anvil: ${name} is not installed; name an executable in EVMILL_ANVIL`);
  }
}

function encodeRequest(method: string, params: readonly unknown[]): Buffer {
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params });
  const type = 'content-type: application/json';
  return Buffer.from(
    `POST / HTTP/1.1\r\nhost: localhost\r\n${type}\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
}

interface Server {
  /**
   * Sends an encoded request; the time is from the first byte out to the last byte in, decoding not counted.
   */
  post(request: Buffer): Promise<{ ms: number; answer: Answer }>;
  close(): void;
}

async function startServer(binary: string, hardfork: string): Promise<Server> {
  const flags = [
    ...['--host', '127.0.0.1', '--port', '0', '--hardfork', hardfork, '--chain-id', '1', '--accounts', '0'],
    // bounds that programs may go beyond, and what would only slow it down
    ...['--no-mining', '--disable-block-gas-limit', '--disable-code-size-limit', '--no-request-size-limit'],
    ...['--disable-console-log', '--disable-default-create2-deployer', '--no-cors'],
  ];
  const guarded = process.platform !== 'win32';
  const child = guarded
    ? spawn('/bin/sh', ['-c', GUARD, binary, ...flags], { stdio: ['pipe', 'pipe', 'inherit'] })
    : spawn(binary, flags, { stdio: ['ignore', 'pipe', 'inherit'] });
  const kill = guarded ? () => void child.stdin?.destroy() : () => void child.kill();
  process.once('exit', kill);
  try {
    const connection = await openConnection(await listeningPort(child));
    return {
      post: connection.post,
      close() {
        connection.close();
        kill();
        process.removeListener('exit', kill);
      },
    };
  } catch (error) {
    kill();
    throw error;
  }
}

/** The port that the server chose, as it says once it listens. */
function listeningPort(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`anvil: not listening after ${START_TIMEOUT_MS} ms`)),
      START_TIMEOUT_MS,
    );
    let text = '';
    child.stdout!.setEncoding('utf8').on('data', (chunk: string) => {
      if (text.length > 100_000) return; // its log goes on for as long as it runs
      text += chunk;
      const port = /Listening on 127\.0\.0\.1:(\d+)/.exec(text)?.[1];
      if (port === undefined) return;
      clearTimeout(timer);
      resolve(Number(port));
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`anvil: exited with code ${code} before it listened`)));
  });
}

/**
 * One request at a time over one socket. A few lines of HTTP of our own: the least call takes half the time
 * that it takes through node:http (0.13 ms against 0.23, median), and that is longer than the shorter
 * programs run.
 */
async function openConnection(port: number): Promise<{ post: Server['post']; close(): void }> {
  const socket = await new Promise<Socket>((resolve, reject) => {
    const opening = connect({ host: '127.0.0.1', port, noDelay: true }, () => resolve(opening));
    opening.once('error', reject);
  });
  return {
    post: (request) =>
      new Promise((resolve, reject) => {
        const chunks: Buffer[] = [];
        let missing = Number.POSITIVE_INFINITY;
        const settle = (finish: () => void): void => {
          clearTimeout(timer);
          socket.off('data', take).off('error', fail).off('close', fail);
          finish();
        };
        const fail = (error?: unknown): void =>
          settle(() => reject(error instanceof Error ? error : new Error('anvil: closed the connection')));
        const take = (chunk: Buffer): void => {
          chunks.push(chunk);
          if (missing === Number.POSITIVE_INFINITY) {
            const head = Buffer.concat(chunks);
            const bodyAt = head.indexOf('\r\n\r\n');
            if (bodyAt < 0) return;
            const length = /content-length: *(\d+)/i.exec(head.toString('latin1', 0, bodyAt))?.[1];
            if (length === undefined) {
              fail(new Error('anvil: an answer without a length'));
              return;
            }
            chunks.splice(0, chunks.length, head.subarray(bodyAt + 4));
            missing = Number(length) - chunks[0].length;
          } else {
            missing -= chunk.length;
          }
          if (missing > 0) return;
          const ms = performance.now() - start;
          settle(() => {
            try {
              resolve({ ms, answer: JSON.parse(Buffer.concat(chunks).toString()) as Answer });
            } catch (error) {
              reject(error);
            }
          });
        };
        const timer = setTimeout(
          () => fail(new Error(`anvil: no answer after ${ANSWER_TIMEOUT_MS} ms`)),
          ANSWER_TIMEOUT_MS,
        );
        socket.on('data', take).on('error', fail).on('close', fail);
        const start = performance.now();
        socket.write(request);
      }),
    close: () => void socket.destroy(),
  };
}
