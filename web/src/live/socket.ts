// The one WebSocket of a tab: channels subscribed by count of who listens, reconnected with growing pauses, and what was
// told meanwhile asked for again (`replay`). Nothing is open while nobody listens. Framework-free, so that it is tested
// without a browser.

export interface Event<D = Readonly<Record<string, unknown>>> {
  type: string;
  channel: string;
  /** ISO 8601, local to Blender's machine. */
  timestamp: string;
  /** Ascends over all channels. */
  id: number;
  data: D;
}

export type Channel =
  | "tasks"
  | "scene"
  | "logs"
  | "system_alerts"
  | "error_firewall"
  | "memory_updates"
  | "db_pool_stats"
  | "ai_analysis"
  | "vector_search";

export interface Listener {
  event(event: Event): void;
  /** Some events did not come, or not in order: read the whole state again. */
  gap?(): void;
}

export type Connection =
  | { state: "connecting" }
  | { state: "live" }
  /** Unix seconds since when. What is shown is of then. */
  | { state: "lost"; since: number };

/** As much of a WebSocket as is used here. */
export interface Wire {
  send(text: string): void;
  close(): void;
  onopen: (() => void) | null;
  onmessage: ((message: { data: unknown }) => void) | null;
  onclose: (() => void) | null;
}

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 15_000;
/** A connection that says nothing for so long is asked whether it is there; after as long again it is lost. */
const SILENCE = 10_000;

interface Subscribed {
  listeners: Set<Listener>;
  /** The newest event seen, or the id to ask a replay from. */
  last: number | undefined;
}

export class Socket {
  private readonly channels = new Map<Channel, Subscribed>();
  private readonly watchers = new Set<() => void>();
  private wire: Wire | undefined;
  private isOpen = false;
  private pause = FIRST_PAUSE;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private silence: ReturnType<typeof setTimeout> | undefined;
  private told: Connection = { state: "connecting" };

  /** `closed` is called with each end of a connection and each try that fails: a WebSocket does not say why. */
  constructor(
    private readonly open: () => Wire,
    private readonly closed: () => void = () => {},
  ) {}

  get connection(): Connection {
    return this.told;
  }

  /** Calls `changed` when `connection` has. Undone by what it returns. */
  watch(changed: () => void): () => void {
    this.watchers.add(changed);
    return () => this.watchers.delete(changed);
  }

  /** Listens to a channel. `since`: also what was told after that id (0: all that Tenon remembers). */
  listen(channel: Channel, listener: Listener, since?: number): () => void {
    const known = this.channels.get(channel);
    if (known) {
      known.listeners.add(listener);
      // Those who listen already hear what is replayed too, and know it by its id.
      if (since !== undefined && this.isOpen) this.send({ action: "replay", channel, since });
    } else {
      this.channels.set(channel, { listeners: new Set([listener]), last: since });
      if (this.isOpen) this.subscribe(channel);
    }
    if (!this.wire && this.retry === undefined) this.connect();
    return () => this.leave(channel, listener);
  }

  /** Tries at once, rather than at the end of the pause. */
  reconnect(): void {
    clearTimeout(this.retry);
    this.retry = undefined;
    if (!this.wire) this.connect();
  }

  private leave(channel: Channel, listener: Listener): void {
    const known = this.channels.get(channel);
    known?.listeners.delete(listener);
    if (!known || known.listeners.size > 0) return;
    this.channels.delete(channel);
    if (this.isOpen) this.send({ action: "unsubscribe", channel });
  }

  private connect(): void {
    this.retry = undefined;
    const wire = this.open();
    this.wire = wire;
    wire.onopen = () => {
      this.isOpen = true;
      this.pause = FIRST_PAUSE;
      this.heard();
      for (const channel of this.channels.keys()) this.subscribe(channel);
      this.tell({ state: "live" });
    };
    wire.onmessage = ({ data }) => {
      this.heard();
      this.receive(data);
    };
    wire.onclose = () => this.lose();
  }

  private lose(): void {
    clearTimeout(this.silence);
    this.wire = undefined;
    this.isOpen = false;
    this.closed();
    if (this.told.state !== "lost") this.tell({ state: "lost", since: Date.now() / 1000 });
    // Half of it by chance: many tabs do not come back in step.
    this.retry = setTimeout(() => this.again(), this.pause * (0.5 + Math.random() / 2));
    this.pause = Math.min(this.pause * 2, LONGEST_PAUSE);
  }

  /** Nobody listens while the sign-in form is shown: what is refused then need not be tried. */
  private again(): void {
    this.retry = undefined;
    if (this.channels.size > 0) this.connect();
  }

  /** The other end is there. A network that went away or a machine that slept tells no script that it is not. */
  private heard(): void {
    clearTimeout(this.silence);
    this.silence = setTimeout(() => {
      this.send({ action: "ping" });
      this.silence = setTimeout(() => {
        const { wire } = this;
        if (!wire) return;
        // Its own end may be minutes away.
        wire.onopen = wire.onmessage = wire.onclose = null;
        wire.close();
        this.lose();
      }, SILENCE);
    }, SILENCE);
  }

  private subscribe(channel: Channel): void {
    this.send({ action: "subscribe", channel });
    const last = this.channels.get(channel)?.last;
    if (last !== undefined) this.send({ action: "replay", channel, since: last });
  }

  private send(action: Readonly<Record<string, unknown>>): void {
    this.wire?.send(JSON.stringify(action));
  }

  private receive(data: unknown): void {
    const message = JSON.parse(String(data)) as Partial<Event> & { complete?: boolean };
    if (message.type === "missed") {
      for (const [channel, { listeners, last }] of this.channels) {
        for (const each of listeners) each.gap?.();
        // Who keeps the events themselves gets them late. Those who have read the whole again know the rest.
        const keeps = [...listeners].some((each) => !each.gap);
        if (keeps && last !== undefined) this.send({ action: "replay", channel, since: last });
      }
      return;
    }
    const known = message.channel === undefined ? undefined : this.channels.get(message.channel as Channel);
    if (!known) return;
    if (message.type === "replay") {
      // Zero asks for whatever there is; only who has seen something can have missed something.
      if (message.complete === false && known.last) for (const each of known.listeners) each.gap?.();
      return;
    }
    if (message.id === undefined) return;
    known.last = Math.max(known.last ?? 0, message.id);
    for (const each of known.listeners) each.event(message as Event);
  }

  private tell(connection: Connection): void {
    this.told = connection;
    for (const changed of this.watchers) changed();
  }
}
