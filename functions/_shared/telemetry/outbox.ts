/**
 * What waits for the collector: a bounded queue that leaves in the background, at most once a second.
 *
 * No request waits for the collector or fails with it. What does not leave is
 * tried once more with the next batch and is then dropped, as is whatever the
 * queue has no room for. Counters are sums since the worker started, so a
 * message that is lost takes nothing of them along.
 *
 * @module
 */

/** Far more than a worker records in a second; a span takes about a kilobyte. */
const MAX_WAITING = 2048;
/** As many as OpenTelemetry's own processor sends at once. */
const MAX_BATCH = 512;
const WAIT_MILLISECONDS = 1_000;
const LOG_MILLISECONDS = 60_000;

/** What the outbox needs from outside. */
export interface OutboxDependencies<Item> {
  /** Hands a batch to the collector. Answers whether it is there; `later` when it may be tried again. */
  sendBatch: (batch: Item[]) => Promise<Delivery>;
  /** Hands the counters to the collector. */
  sendCounters: () => Promise<Delivery>;
  /** Keeps the worker alive until a promise is settled. */
  keepRunning: (work: Promise<unknown>) => void;
  /** Says how many items were dropped since it last said so. */
  logLoss: (dropped: number) => void;
  /** Milliseconds since any moment. */
  now: () => number;
}

/** What became of a message. */
export type Delivery = "delivered" | "later" | "refused";

/** The queue. */
export interface Outbox<Item> {
  add: (item: Item) => void;
  /** Says that a counter has changed. */
  noteCount: () => void;
  /** Sends what waits without waiting for more. */
  flush: () => Promise<void>;
}

/** Builds the outbox of a worker. */
export function buildOutbox<Item>(
  { sendBatch, sendCounters, keepRunning, logLoss, now }: OutboxDependencies<Item>,
): Outbox<Item> {
  const waiting: Item[] = [];
  /** What failed once. */
  let returned: Item[] = [];
  let hasCounted = false;
  let dropped = 0;
  let loggedAt = -Infinity;
  let running: Promise<void> | undefined;
  let leave: () => void = () => undefined;

  const drop = (items: number): void => {
    dropped += items;
    if (dropped > 0 && now() - loggedAt >= LOG_MILLISECONDS) {
      logLoss(dropped);
      dropped = 0;
      loggedAt = now();
    }
  };

  /** Answers whether the collector takes more. */
  const sendWaiting = async (): Promise<boolean> => {
    let delivery: Delivery = "delivered";
    while (delivery === "delivered" && returned.length + waiting.length > 0) {
      const again = returned;
      const fresh = waiting.splice(0, MAX_BATCH - again.length);
      returned = [];
      delivery = await sendBatch([...again, ...fresh]);
      if (delivery === "later") {
        returned = fresh;
        drop(again.length);
      }
      if (delivery === "refused") {
        drop(again.length + fresh.length);
      }
    }
    if (delivery === "delivered" && hasCounted) {
      hasCounted = false;
      delivery = await sendCounters();
      hasCounted ||= delivery === "later";
    }
    return delivery === "delivered";
  };

  const begin = (): Promise<void> => {
    if (running === undefined) {
      running = run();
      keepRunning(running);
    }
    return running;
  };

  const run = async (): Promise<void> => {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, WAIT_MILLISECONDS);
      leave = (): void => {
        clearTimeout(timer);
        resolve();
      };
    });
    const takesMore = await sendWaiting();
    running = undefined;
    // Said here as well: the last ones may have been dropped within the minute.
    drop(0);
    // What came in meanwhile. A collector in trouble is left alone until there is something new.
    if (takesMore && (waiting.length > 0 || hasCounted)) {
      begin();
    }
  };

  return {
    add: (item) => {
      if (waiting.length + returned.length >= MAX_WAITING) {
        drop(1);
        return;
      }
      waiting.push(item);
      begin();
      if (waiting.length >= MAX_BATCH) {
        leave();
      }
    },
    noteCount: () => {
      hasCounted = true;
      begin();
    },
    flush: async () => {
      const isEmpty = waiting.length + returned.length === 0 && !hasCounted;
      if (running !== undefined || !isEmpty) {
        const sending = begin();
        leave();
        await sending;
      }
    },
  };
}
