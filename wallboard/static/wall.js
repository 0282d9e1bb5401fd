// The wall's clocks and its honesty: figures whose source has stopped are replaced by 数据中断.
// Time is the server's (told by each beat) in the site's zone; the kiosk's clock does not matter.
const page = document.body;
const live = document.getElementById("live");
const zone = { timeZone: page.dataset.zone };
const locale = page.dataset.locale;
const clockFormat = new Intl.DateTimeFormat("en-GB", { ...zone, hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const dateFormat = new Intl.DateTimeFormat(locale, { ...zone, month: "long", day: "numeric", weekday: "short" });
const BEAT_LOST_MS = 4200;

let skew = Number(page.dataset.now) - Date.now();
let heard = performance.now();
let wait = 1000;

const now = () => Date.now() + skew;
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
const two = (number) => String(number).padStart(2, "0");

live.addEventListener("beat", (event) => {
  const beat = JSON.parse(event.detail.data);
  skew = beat.now - Date.now();
  heard = performance.now();
  wait = 1000;
  for (const [name, at] of Object.entries(beat.sources)) {
    const stamp = document.querySelector(`#tile-${name} > time[data-asof]`);
    if (stamp) stamp.dataset.asof = at ?? "";
  }
  tick();
});
live.addEventListener("reload", () => location.reload());

// A first request that fails is not retried by htmx itself.
const reopen = () => {
  setTimeout(() => htmx.trigger(live, "reopen"), wait);
  wait = Math.min(2 * wait, 10000);
};
for (const name of ["htmx:response:error", "htmx:error"]) live.addEventListener(name, reopen);

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

function tellAge() {
  const cut = performance.now() - heard > BEAT_LOST_MS;
  for (const stamp of document.querySelectorAll("time[data-asof]")) {
    const tile = stamp.closest(".tile");
    const asOf = stamp.dataset.asof === "" ? null : Number(stamp.dataset.asof);
    const stale = cut || asOf === null || now() - asOf > Number(stamp.dataset.maxAge);
    tile.toggleAttribute("data-stale", stale);
    write(stamp, asOf === null ? "" : clockFormat.format(asOf));
    const notice = tile.querySelector(".outage");
    notice.hidden = !stale;
    if (stale) {
      const since = asOf === null ? page.dataset.wordNever : fill(page.dataset.wordSince, { time: clockFormat.format(asOf) });
      write(notice, `${page.dataset.wordOutage}\n${since}`);
    }
  }
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
    bar.value = Math.min(1000, (1000 * (now() - start)) / (Number(bar.dataset.due) - start));
  }
}

function tick() {
  write(document.getElementById("now"), clockFormat.format(now()));
  write(document.getElementById("date"), dateFormat.format(now()));
  tellAge();
  runClocks();
}

for (const name of ["htmx:after:swap", "htmx:sse:after:message"]) document.addEventListener(name, runClocks);
setInterval(tick, 250);
tick();
