// Consoles: pages that follow the events, running clocks, one key for every action, a palette.
const page = document.body;
const live = document.getElementById("live");
const BEAT_LOST_MS = 5000;

let skew = Number(page.dataset.now) - Date.now();
let heard = performance.now();

const now = () => Date.now() + skew;
const two = (number) => String(number).padStart(2, "0");

function clockText(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const hours = Math.floor(seconds / 3600);
  if (hours >= 48) return page.dataset.wordDays.replace("{days}", Math.floor(hours / 24)).replace("{hours}", hours % 24);
  const rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  return hours ? `${hours}:${rest}` : rest;
}

function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function tick() {
  for (const clock of document.querySelectorAll("[data-due]:not(progress)")) {
    const left = Number(clock.dataset.due) - now();
    clock.toggleAttribute("data-overdue", left < 0);
    write(clock, left < 0 ? `${clock.dataset.over} ${clockText(-left)}` : clockText(left));
  }
  for (const clock of document.querySelectorAll("[data-since]")) write(clock, clockText(now() - Number(clock.dataset.since)));
  for (const bar of document.querySelectorAll("progress[data-due]")) {
    const start = Number(bar.dataset.start);
    bar.value = Math.min(1000, (1000 * (now() - start)) / (Number(bar.dataset.due) - start));
  }
  for (const brief of document.querySelectorAll("[data-expires]")) brief.hidden = Number(brief.dataset.expires) < now();
  const lost = document.getElementById("lost");
  if (lost && live) {
    lost.hidden = document.hidden || performance.now() - heard < BEAT_LOST_MS;
    write(lost, page.dataset.wordLost);
  }
}
setInterval(tick, 500);
tick();
document.addEventListener("htmx:after:swap", tick);

// A part of the page is renewed once at a time; what changes meanwhile has it renewed again after.
// (htmx's own throttle forgets its last event when a morph cleans the element up.)
const PAUSE_MS = 500;
const renewing = new Set();
const outdated = new Set();
function renew(follower) {
  if (renewing.has(follower.id)) outdated.add(follower.id);
  else htmx.trigger(follower, "refresh");
}
document.addEventListener("htmx:before:request", (event) => {
  if (event.target.matches?.("[data-follow]")) renewing.add(event.target.id);
});
document.addEventListener("htmx:finally:request", (event) => {
  const { id } = event.target;
  if (!renewing.delete(id) || !outdated.delete(id)) return;
  setTimeout(() => { const follower = document.getElementById(id); if (follower) renew(follower); }, PAUSE_MS);
});

if (live) {
  // What happened between the page's making and the stream's opening was told to nobody.
  live.addEventListener("beat", () => {
    for (const follower of document.querySelectorAll("[data-follow][data-catch-up]")) {
      if (!follower.querySelector("[data-forget]")) renew(follower);
    }
  }, { once: true });
  live.addEventListener("beat", (event) => {
    skew = JSON.parse(event.detail.data).now - event.detail.at;
    heard = performance.now() - (Date.now() - event.detail.at);
  });
  live.addEventListener("reload", () => location.reload());
  live.addEventListener("changed", (event) => {
    const { aggregate, id } = JSON.parse(event.detail.data);
    for (const follower of document.querySelectorAll("[data-follow]")) {
      const wanted = follower.dataset.follow.split(" ");
      if (wanted.includes(aggregate) || wanted.includes(`${aggregate}:${id}`)) renew(follower);
    }
  });
}
// A refusal is told in the notice; what the action was based on is looked up anew. A form that was
// filled in wrongly (422) rests on nothing else, and says so beside its fields.
document.addEventListener("htmx:response:error", (event) => {
  if (event.detail.ctx?.response?.status === 422) return;
  const follower = event.target.closest?.("[data-follow]");
  if (follower && event.target !== follower) htmx.trigger(follower, "refresh");
});
document.addEventListener("htmx:before:request", (event) => {
  if (event.target.closest?.("#steps, #alarm-steps, .note")) document.getElementById("notice").replaceChildren();
});
// A step pressed while the answer to the last one is on its way waits for it: it rests on the version
// that this answer brings. What others change meanwhile is refused as before.
const STEPS = "#steps, #alarm-steps";
const ANSWERED_WITHIN_MS = 10000;
let actedAt = -Infinity;
const isActing = () => performance.now() - actedAt < ANSWERED_WITHIN_MS;
let pressedNext = "";
document.addEventListener("htmx:before:request", (event) => { if (event.target.closest?.(STEPS)) actedAt = performance.now(); });
document.addEventListener("htmx:finally:request", (event) => {
  if (event.target.matches?.("[data-follow]")) return;
  actedAt = -Infinity;
  const next = pressedNext;
  pressedNext = "";
  if (next) setTimeout(() => { const button = document.getElementById(next); if (button && !button.disabled) button.click(); });
});
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("button");
  if (!isActing() || !button?.id || !button.closest(STEPS)) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  pressedNext = button.id;
}, true);
document.addEventListener("visibilitychange", () => { heard = performance.now(); });

// What nothing takes back is asked for once more, by key or by mouse; the page may be renewed
// meanwhile, so the button is found again.
const sure = document.getElementById("sure");
let asked = null;
function confirm(button, question) {
  if (!sure || sure.open) return;
  const same = [...document.querySelectorAll("button")];
  asked = button.id ? `#${CSS.escape(button.id)}` : null;
  sure.question = { button, at: same.indexOf(button), text: button.textContent };
  write(document.getElementById("sure-what"), question);
  sure.returnValue = "no";
  sure.showModal();
}
sure?.addEventListener("close", () => {
  const { button, at, text } = sure.question;
  if (sure.returnValue !== "yes") { button.focus(); return; }
  const found = button.isConnected ? button : asked ? document.querySelector(asked) : document.querySelectorAll("button")[at];
  if (!found || found.disabled || found.textContent !== text) return;
  found.dataset.sure = "";
  found.click();
  delete found.dataset.sure;
});
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-confirm]");
  if (!button || button.disabled || "sure" in button.dataset) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  confirm(button, button.dataset.confirm);
}, true);

// A key asks before what nobody takes back; of some buttons that rests on what is chosen beside them.
function asksFirst(button) {
  if (!button.dataset.confirmKey) return false;
  return !button.dataset.confirmIf || button.form?.querySelector(button.dataset.confirmIf) !== null;
}

// Keys: silent while composing Chinese, with modifiers, and inside fields. A dialog that was closed
// keeps the focus until the page is drawn again: what is typed meanwhile is meant for the page.
const isForField = (at) => {
  const dialog = at.closest("dialog");
  return dialog ? dialog.open : Boolean(at.closest("input:not([type=checkbox]), textarea, select"));
};
let prefix = "";
document.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    openPalette();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (isForField(event.target)) return;
  if (event.key === "?") {
    document.getElementById("shortcuts")?.showModal();
    return;
  }
  const pressed = (prefix + event.key.toLowerCase()).trim();
  prefix = "";
  if (pressed === "g") { prefix = "g "; return; }
  if (pressed === "j" || pressed === "k") { step(pressed === "j" ? 1 : -1); return; }
  if (pressed === "x" && pick(event.shiftKey)) { event.preventDefault(); return; }
  const keyed = [...document.querySelectorAll("[data-key]")].filter((one) => one.dataset.key === pressed);
  if (isActing() && keyed[0]?.closest(STEPS)) { event.preventDefault(); pressedNext = keyed[0].id; return; }
  const target = keyed.find((one) => !one.disabled && !one.closest("[hidden]"));
  if (target) {
    event.preventDefault();
    if (target.matches("input, textarea, [data-focus]")) target.focus();
    else if (asksFirst(target)) confirm(target, target.dataset.confirmKey);
    else target.click();
  }
});

// A menu that is open is closed by Escape, back to its heading, and by whatever is done elsewhere.
const menus = () => document.querySelectorAll("nav details[open]");
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of menus()) { menu.open = false; menu.querySelector("summary").focus(); }
});
for (const left of ["click", "focusin"]) {
  document.addEventListener(left, (event) => {
    for (const menu of menus()) if (!menu.contains(event.target)) menu.open = false;
  });
}

// Lists: J and K move, Enter opens; on an incident's page they go to its neighbours. A list that
// the events renewed keeps its chosen row, and the focus with it.
let chosen = "";
function mark(row) {
  for (const one of document.querySelectorAll("tr[data-href]")) one.classList.toggle("chosen", one === row);
  chosen = row.dataset.href;
}
document.addEventListener("htmx:after:swap", () => {
  const row = [...document.querySelectorAll("tr[data-href]")].find((one) => one.dataset.href === chosen);
  if (!row || row.classList.contains("chosen")) return;
  mark(row);
  if (document.activeElement === document.body) row.querySelector("a")?.focus();
});
function step(by) {
  const rows = [...document.querySelectorAll("tr[data-href]:not([hidden])")];
  if (!rows.length) {
    document.querySelector(by > 0 ? "[data-neighbour=next]" : "[data-neighbour=previous]")?.click();
    return;
  }
  const at = rows.findIndex((row) => row.classList.contains("chosen"));
  const next = rows[Math.min(rows.length - 1, Math.max(0, at + by))];
  mark(next);
  next.querySelector("a")?.focus();
}
document.addEventListener("click", (event) => {
  const row = event.target.closest("tr[data-href]");
  if (row && !event.target.closest("a, button, input, .choice")) location.href = row.dataset.href;
});

// Choosing rows: X for the chosen row, Shift for all from the last one picked to it, by key or by
// mouse. A list that the events renewed keeps what is picked. Rows that the word above the list
// filters out are not picked; those picked before stay so, and count.
const picked = new Set();
let anchor = "";
const boxes = () => [...document.querySelectorAll(".choice input")];
const shownBoxes = () => boxes().filter((one) => !one.closest("tr").hidden);
function pick(range) {
  const box = document.querySelector("tr.chosen:not([hidden]) .choice input");
  if (!box) return boxes().length > 0;
  set(box, range ? true : !box.checked, range);
  return true;
}
function set(box, checked, range) {
  const all = shownBoxes();
  const from = all.findIndex((one) => one.dataset.number === anchor);
  const to = all.indexOf(box);
  const span = range && from >= 0 ? all.slice(Math.min(from, to), Math.max(from, to) + 1) : [box];
  for (const one of span) one.checked = checked;
  anchor = box.dataset.number;
  count();
}
function count() {
  picked.clear();
  for (const one of boxes()) if (one.checked) picked.add(one.dataset.number);
  const whole = document.getElementById("choose-all");
  if (whole) {
    const shown = shownBoxes();
    whole.checked = shown.length > 0 && shown.every((one) => one.checked);
    whole.indeterminate = picked.size > 0 && !whole.checked;
    whole.disabled = !shown.length;
  }
  const button = document.getElementById("acknowledge-chosen");
  if (!button) return;
  button.disabled = !picked.size;
  write(document.getElementById("chosen-count"), picked.size ? String(picked.size) : "");
}
document.addEventListener("click", (event) => {
  if (event.target.id === "choose-all") {
    for (const one of shownBoxes()) one.checked = event.target.checked;
    count();
  } else if (event.target.matches?.(".choice input")) set(event.target, event.target.checked, event.shiftKey);
});
document.addEventListener("htmx:after:swap", () => {
  for (const one of boxes()) one.checked = picked.has(one.dataset.number);
  count();
});
document.addEventListener("filtered", count);
count();

// The palette: a combobox over everything that has a page.
const palette = document.getElementById("palette");
const query = palette?.querySelector("input");
const hits = document.getElementById("hits");

function openPalette() {
  if (!palette || palette.open) return;
  palette.showModal();
  query.select();
  htmx.trigger(query, "show");
}

function choose(option) {
  for (const one of hits.children) one.setAttribute("aria-selected", one === option);
  query.setAttribute("aria-activedescendant", option?.id ?? "");
  option?.scrollIntoView({ block: "nearest" });
}

if (palette) {
  document.getElementById("open-palette").addEventListener("click", openPalette);
  document.addEventListener("htmx:after:swap", () => { if (palette.open) choose(hits.firstElementChild); });
  hits.addEventListener("click", (event) => {
    const option = event.target.closest("[data-href]");
    if (option) location.href = option.dataset.href;
  });
  // What was found for another text is gone as soon as the text changes; Enter waits for the answer.
  let awaited = false;
  let opens = false;
  query.addEventListener("input", () => { hits.replaceChildren(); awaited = true; opens = false; });
  document.addEventListener("htmx:after:swap", () => {
    if (!palette.open || !awaited) return;
    if (!hits.childElementCount) return;
    awaited = false;
    const first = hits.querySelector("[data-href]");
    if (opens && first) location.href = first.dataset.href;
  });
  query.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && awaited) { opens = true; event.preventDefault(); return; }
    const options = [...hits.children];
    const at = options.findIndex((one) => one.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown") choose(options[Math.min(options.length - 1, at + 1)]);
    else if (event.key === "ArrowUp") choose(options[Math.max(0, at - 1)]);
    else if (event.key === "Enter" && options[at]?.dataset.href) location.href = options[at].dataset.href;
    else return;
    event.preventDefault();
  });
}

// A contact that was shown in the clear is hidden again after a while.
document.addEventListener("htmx:after:swap", () => {
  for (const shown of document.querySelectorAll("[data-forget]:not([data-forgetting])")) {
    shown.dataset.forgetting = "";
    setTimeout(() => { if (shown.isConnected) htmx.trigger(shown.closest("[data-follow]"), "refresh"); }, Number(shown.dataset.forget));
  }
});

// A form with more bytes than may come is not sent: the server would end the connection unread.
document.addEventListener("submit", (event) => {
  const most = Number(event.target.dataset.mostBytes);
  if (!most) return;
  const files = [...event.target.querySelectorAll("input[type=file]")].flatMap((one) => [...one.files]);
  const size = files.reduce((sum, file) => sum + file.size, 0);
  if (size <= most) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const words = event.target.dataset.wordLarge.replace("{limit}", Math.floor(most / 1048576));
  const notice = Object.assign(document.createElement("p"), { className: "refusal", textContent: `▲ ${words}` });
  notice.setAttribute("role", "alert");
  document.getElementById("notice").replaceChildren(notice);
}, true);

// Ctrl Enter sends the form of a plan from any of its fields.
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.target.closest?.("form.plan")?.requestSubmit();
});

// What is being written survives a reload of the page, until it is sent: kept by page and field, in
// this tab alone. Passwords and contacts are not kept.
const drafts = {
  key: (field) => `draft ${location.pathname} ${field.form?.id || field.form?.getAttribute("action")} ${field.name}`,
  fields: () => document.querySelectorAll("form[method=post] textarea, form[method=post] input[type=text]:not([data-private], [name=name], [name=number])"),
};
document.addEventListener("input", (event) => {
  const field = event.target;
  if (![...drafts.fields()].includes(field)) return;
  if (field.value === field.defaultValue) sessionStorage.removeItem(drafts.key(field));
  else sessionStorage.setItem(drafts.key(field), field.value);
});
function restoreDrafts() {
  for (const field of drafts.fields()) {
    const kept = sessionStorage.getItem(drafts.key(field));
    if (kept !== null && field.value === field.defaultValue && document.activeElement !== field) field.value = kept;
  }
}
function forgetDrafts(form) {
  for (const field of drafts.fields()) if (field.form === form) sessionStorage.removeItem(drafts.key(field));
}
document.addEventListener("submit", (event) => {
  if (event.target.getAttribute("action") === "/logout") sessionStorage.clear();
  else forgetDrafts(event.target);
});
document.addEventListener("htmx:before:swap", (event) => {
  const form = event.detail.ctx?.sourceElement?.closest?.("form");
  if (form && (event.detail.ctx.response?.status ?? 200) < 400) forgetDrafts(form);
});
restoreDrafts();
