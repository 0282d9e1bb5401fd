// The wall's clocks and its honesty: figures whose source is late are dimmed and say by how much;
// after that they give way to 数据中断, and so does every value in a title.
// Time is the server's (each beat brings it) in the site's zone; the kiosk's clock does not matter.
const page = document.body;
const live = document.getElementById("live");
const zone = { timeZone: page.dataset.zone };
const locale = page.dataset.locale;
const clockFormat = new Intl.DateTimeFormat("en-GB", { ...zone, hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const dateFormat = new Intl.DateTimeFormat(locale, { ...zone, month: "long", day: "numeric", weekday: "short" });
const title = document.title;

let base = Number(page.dataset.now);
let heard = performance.now();
let heardAt = Date.now();

// Whichever clock has gone on further: a machine that slept, or was set, shows nothing as fresh.
const now = () => base + Math.max(performance.now() - heard, Date.now() - heardAt);
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
const two = (number) => String(number).padStart(2, "0");

live.addEventListener("beat", ({ detail }) => {
  const beat = JSON.parse(detail.data);
  base = beat.now;
  heard = performance.now() - (Date.now() - detail.at);
  heardAt = detail.at;
  for (const [name, at] of Object.entries(beat.sources)) {
    const stamp = document.querySelector(`#tile-${name} > time[data-asof]`);
    if (stamp) stamp.dataset.asof = at ?? "";
  }
  tick();
});
live.addEventListener("reload", () => location.reload());
live.addEventListener("tiles", ({ detail }) => {
  const partials = Object.entries(JSON.parse(detail.data)).map(([name, html]) => `<hx-partial hx-target="#${name}" hx-swap="innerMorph">${html}</hx-partial>`);
  htmx.swap({ sourceElement: live, target: live, text: partials.join(""), swap: "innerHTML swapEmpty:false" });
});

function split(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return { hours: Math.floor(seconds / 3600), minutes: Math.floor(seconds / 60) % 60, seconds: seconds % 60 };
}

function clockText(ms) {
  const { hours, minutes, seconds } = split(ms);
  return hours ? `${hours}:${two(minutes)}:${two(seconds)}` : `${two(minutes)}:${two(seconds)}`;
}

function leftText(ms) {
  const part = split(ms);
  const words = part.hours ? page.dataset.wordLeft : page.dataset.wordLeftMinutes;
  return fill(words, { hours: part.hours, minutes: part.hours ? two(part.minutes) : part.minutes, seconds: two(part.seconds) });
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// What is written anew is laid out and drawn anew, four times a second, though it is the same.
function set(element, name, value) {
  if (element[name] !== value) element[name] = value;
}

// How far a tile is behind: fresh, late (shown dim, with its age) or lost (no longer shown).
function gradeOf(stamp, asOf) {
  const age = asOf === null ? Infinity : now() - asOf;
  if (age <= Number(stamp.dataset.maxAge)) return "fresh";
  return age <= Number(stamp.dataset.lostAfter) ? "late" : "lost";
}

function showAge() {
  for (const stamp of document.querySelectorAll("time[data-asof]")) {
    const tile = stamp.closest(".tile");
    const asOf = stamp.dataset.asof === "" ? null : Number(stamp.dataset.asof);
    const grade = gradeOf(stamp, asOf);
    tile.toggleAttribute("data-late", grade === "late");
    tile.toggleAttribute("data-stale", grade === "lost");
    if (grade === "late") write(stamp, fill(page.dataset.wordLate, { seconds: Math.floor((now() - asOf) / 1000) }));
    else write(stamp, grade === "lost" || asOf === null ? "" : clockFormat.format(asOf));
    const notice = tile.querySelector(".outage");
    set(notice, "hidden", grade !== "lost");
    if (grade === "lost") {
      const since = asOf === null ? page.dataset.wordNever : fill(page.dataset.wordSince, { time: clockFormat.format(asOf) });
      write(notice, `${page.dataset.wordOutage}\n${since}`);
    }
  }
}

// The tab says what the wall says, and nothing when the wall says nothing.
function showTitle() {
  const tile = document.getElementById("tile-verdict");
  const flag = tile.querySelector(".verdict em")?.textContent;
  const says = tile.hasAttribute("data-stale") ? page.dataset.wordOutage : flag;
  const text = says ? `${says} · ${title}` : title;
  if (document.title !== text) document.title = text;
}

function runClocks() {
  for (const clock of document.querySelectorAll("[data-due].clock, [data-left]")) {
    const due = Number(clock.dataset.due ?? clock.dataset.left);
    const over = now() > due;
    clock.toggleAttribute("data-overdue", over);
    if (over) write(clock, `${clock.dataset.over} ${clockText(now() - due)}`);
    else write(clock, clock.dataset.left ? leftText(due - now()) : clockText(due - now()));
  }
  for (const clock of document.querySelectorAll("[data-since].clock")) write(clock, clockText(now() - Number(clock.dataset.since)));
  for (const bar of document.querySelectorAll("progress[data-due]")) {
    const start = Number(bar.dataset.start);
    set(bar, "value", Math.min(1000, Math.floor((1000 * (now() - start)) / (Number(bar.dataset.due) - start))));
  }
}

function tick() {
  write(document.getElementById("now"), clockFormat.format(now()));
  write(document.getElementById("date"), dateFormat.format(now()));
  showAge();
  showTitle();
  runClocks();
}

document.addEventListener("htmx:after:swap", () => { runClocks(); showTitle(); });
setInterval(tick, 250);
tick();
