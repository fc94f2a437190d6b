/** How far a run has come: a bar for a person at a terminal, a line now and then for everyone else. */

import type { Host } from './host.ts';

/** What has happened so far. */
export interface Standing {
  /** bytes on disk read, of those there are */
  readonly bytesRead: number;
  readonly files: number;
  readonly cases: number;
  readonly failed: number;
}

/** Shows a run's progress on standard error. */
export interface Progress {
  update(standing: Standing): void;
  /** Makes room for other output: what is written next stands on a line of its own. */
  pause(): void;
  stop(): void;
}

/** How often plain lines come, in milliseconds. */
const LINE_INTERVAL = 10_000;

/** A bar where standard error is a terminal, else plain lines. */
export async function startProgress(host: Host, bytesInAll: number): Promise<Progress> {
  return host.errIsTerminal ? barProgress(bytesInAll) : lineProgress(host, bytesInAll);
}

async function barProgress(bytesInAll: number): Promise<Progress> {
  const { default: cliProgress } = await import('cli-progress');
  const bar = new cliProgress.SingleBar(
    {
      format: '{bar} {percentage} %  {files} files  {cases} cases  {failed} failed  {duration_formatted}',
      clearOnComplete: true,
      hideCursor: true,
      stream: process.stderr,
    },
    cliProgress.Presets.shades_classic,
  );
  let last: Standing = { bytesRead: 0, files: 0, cases: 0, failed: 0 };
  const start = (): void => bar.start(Math.max(bytesInAll, 1), last.bytesRead, last);
  start();
  return {
    update(standing) {
      last = standing;
      if (bar.isActive) bar.update(Math.min(standing.bytesRead, bytesInAll), standing);
      else start();
    },
    pause: () => bar.stop(),
    stop: () => bar.stop(),
  };
}

function lineProgress(host: Host, bytesInAll: number): Progress {
  let next = performance.now() + LINE_INTERVAL;
  return {
    update({ bytesRead, files, cases, failed }) {
      if (performance.now() < next) return;
      next += LINE_INTERVAL;
      const share = Math.min(100, Math.floor((100 * bytesRead) / Math.max(bytesInAll, 1)));
      host.err(`${share} % read: ${files} files, ${cases} cases, ${failed} failed\n`);
    },
    pause() {},
    stop() {},
  };
}
