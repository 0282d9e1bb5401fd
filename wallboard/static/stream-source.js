// One stream of server-sent events (HTML standard, 9.2), read by fetch: unlike an EventSource it
// resumes by its last id after a refusal too, and takes a stream on which nothing comes for dead.
// Runs in a page and in a shared worker alike.
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 5000;
const SILENT_MS = 10000;

class StreamSource {
  // `deliver` gets {event, data, id, at}: `at` is when it came, by this machine's clock.
  constructor(address, deliver, lastId = "") {
    this.address = address;
    this.deliver = deliver;
    this.lastId = lastId;
    this.wait = FIRST_WAIT_MS;
    this.stopped = false;
  }

  async run() {
    while (!this.stopped) {
      try {
        await this.connect();
      } catch {
        // refused, cut or silent: the page sees by its clock that no beat comes
      }
      if (this.stopped) return;
      await new Promise((go) => setTimeout(go, this.wait * (0.7 + 0.6 * Math.random())));
      this.wait = Math.min(2 * this.wait, LONGEST_WAIT_MS);
    }
  }

  stop() {
    this.stopped = true;
    this.abort?.abort();
  }

  async connect() {
    const abort = (this.abort = new AbortController());
    const headers = { accept: "text/event-stream" };
    if (this.lastId) headers["last-event-id"] = this.lastId;
    let alarm;
    const heard = () => {
      clearTimeout(alarm);
      alarm = setTimeout(() => abort.abort(), SILENT_MS);
    };
    heard();
    try {
      const answer = await fetch(this.address, { headers, cache: "no-store", redirect: "error", signal: abort.signal });
      if (!answer.ok || !answer.headers.get("content-type")?.startsWith("text/event-stream")) {
        await answer.body?.cancel();
        return;
      }
      await this.read(answer.body.getReader(), heard);
    } finally {
      clearTimeout(alarm);
      abort.abort();
    }
  }

  async read(reader, heard) {
    const decoder = new TextDecoder();
    let rest = "";
    let message = { event: "message", lines: [] };
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      heard();
      const lines = (rest + decoder.decode(value, { stream: true })).split(/\r\n|\n/);
      rest = lines.pop();
      for (const line of lines) {
        if (line) this.take(line, message);
        else {
          this.dispatch(message);
          message = { event: "message", lines: [] };
        }
      }
    }
  }

  take(line, message) {
    const at = line.indexOf(":");
    const name = at < 0 ? line : line.slice(0, at);
    const value = at < 0 ? "" : line.slice(at + 1).replace(/^ /, "");
    if (name === "data") message.lines.push(value);
    else if (name === "event") message.event = value;
    else if (name === "id") message.id = value;
  }

  dispatch({ event, lines, id }) {
    if (!lines.length) return;
    if (id !== undefined) this.lastId = id;
    this.wait = FIRST_WAIT_MS;
    this.deliver({ event, data: lines.join("\n"), id: id ?? "", at: Date.now() });
  }
}

// What a page that joins later has to know: the last beat, and every tile as it was last sent.
class StreamMemory {
  constructor() {
    this.tiles = {};
    this.tilesId = "";
    this.beat = null;
  }

  take(message) {
    if (message.event === "beat") this.beat = message;
    if (message.event !== "tiles") return;
    Object.assign(this.tiles, JSON.parse(message.data));
    this.tilesId = message.id;
  }

  messages() {
    const known = [];
    if (Object.keys(this.tiles).length) known.push({ event: "tiles", data: JSON.stringify(this.tiles), id: this.tilesId, at: Date.now() });
    if (this.beat) known.push(this.beat);
    return known;
  }
}
