/** How far an import has come: a bar for a person at a terminal, a line now and then for everyone else. */

import type { Host } from './host.ts';

/** What has happened so far. */
export interface ImportStanding {
  /** bytes read, of all files */
  bytes: number;
  blocks: number;
  transactions: number;
  gas: bigint;
  /** the last block's number */
  number: bigint;
}

/** Shows an import's progress on standard error. */
export interface ImportProgress {
  update(standing: Readonly<ImportStanding>): void;
  stop(): void;
}

const LINE_INTERVAL = 10_000;
const BAR_INTERVAL = 100;

/**
 * A bar where standard error is a terminal, else plain lines.
 * @param bytesInAll 0 where nobody knows: lines then, that do not say how much is left
 */
export async function importProgress(host: Host, bytesInAll: number): Promise<ImportProgress> {
  const start = performance.now();
  const facts = (standing: Readonly<ImportStanding>) => {
    const seconds = Math.max((performance.now() - start) / 1000, 0.001);
    const left = (seconds * (bytesInAll - standing.bytes)) / Math.max(standing.bytes, 1);
    return {
      number: `${standing.number}`,
      rates: ratesText(standing, seconds),
      left: duration(left),
    };
  };
  const hasBar = host.errIsTerminal && bytesInAll > 0;
  let next = start + (hasBar ? BAR_INTERVAL : LINE_INTERVAL);
  if (!hasBar) {
    return {
      update(standing) {
        if (performance.now() < next) return;
        next = performance.now() + LINE_INTERVAL;
        const { number, rates, left } = facts(standing);
        const share = Math.floor((100 * standing.bytes) / bytesInAll);
        const [before, after] = bytesInAll === 0 ? ['', ''] : [`${share} %: `, `, ${left} left`];
        host.err(`${before}block ${number}, ${rates}${after}\n`);
      },
      stop() {},
    };
  }
  const { default: cliProgress } = await import('cli-progress');
  const bar = new cliProgress.SingleBar(
    {
      format: '{bar} {percentage} %  block {number}  {rates}  {left} left',
      clearOnComplete: true,
      hideCursor: true,
      stream: process.stderr,
    },
    cliProgress.Presets.shades_classic,
  );
  bar.start(bytesInAll, 0, { number: '0', rates: '', left: '?' });
  return {
    update(standing) {
      if (performance.now() < next) return;
      next = performance.now() + BAR_INTERVAL;
      bar.update(standing.bytes, facts(standing));
    },
    stop: () => bar.stop(),
  };
}

/** Blocks, gas and transactions a second. */
export function ratesText({ blocks, gas, transactions }: Readonly<ImportStanding>, seconds: number): string {
  const rate = (count: number): string => {
    const perSecond = count / seconds;
    return perSecond >= 100 ? `${Math.round(perSecond)}` : perSecond.toPrecision(3);
  };
  return `${rate(blocks)} blocks/s, ${rate(Number(gas) / 1e6)} Mgas/s, ${rate(transactions)} tx/s`;
}

function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
