// Every list alike: a word filters its rows and a heading sorts them. A list that the platform hands
// out whole (data-list) is taken away from there, by the same words and as its page's address chooses
// it; of any other table what is shown is exported as CSV, and nothing twice (data-whole-file).
// A list that the events renew keeps filter and order. A cell that a spreadsheet would take for a
// formula is exported as text (OWASP, CSV injection); its blanks around are gone.
const LEAST_ROWS = 2;
const chosenOf = new Map();
const FORMULA = /^[=+\-@＝＋－＠]/;

const lists = () => [...document.querySelectorAll("main table")].filter((table) =>
  table.tHead && !table.closest("dialog, .timeline, form:not([data-list])") && table.tBodies[0]);
const keyOf = (table) => [...table.tHead.rows[0].cells].map((cell) => cell.dataset.head ?? cell.textContent.trim()).join("|");
const textOf = (cell) => (cell?.dataset.value ?? cell?.textContent ?? "").replace(/\s+/g, " ").trim();

function compare(a, b) {
  const [x, y] = [a, b].map((text) => Number(text.replace(/[,%]/g, "")));
  if (a !== "" && b !== "" && !Number.isNaN(x) && !Number.isNaN(y)) return x - y;
  return a.localeCompare(b, document.documentElement.lang, { numeric: true });
}

function apply(table) {
  const chosen = chosenOf.get(keyOf(table));
  if (!chosen) return;
  const body = table.tBodies[0];
  const words = chosen.words.toLowerCase().split(/\s+/).filter(Boolean);
  const rows = [...body.rows];
  for (const row of rows) {
    const text = row.textContent.toLowerCase();
    row.hidden = !words.every((word) => text.includes(word));
  }
  if (chosen.column !== null) {
    const sorted = [...rows].sort((a, b) => chosen.direction * compare(textOf(a.cells[chosen.column]), textOf(b.cells[chosen.column])));
    if (sorted.some((row, at) => row !== rows[at])) body.append(...sorted);
  }
  document.dispatchEvent(new Event("filtered"));
  [...table.tHead.rows[0].cells].forEach((cell, at) => {
    if (at === chosen.column) cell.setAttribute("aria-sort", chosen.direction > 0 ? "ascending" : "descending");
    else cell.removeAttribute("aria-sort");
  });
}

function exported(table) {
  const lines = [...table.tHead.rows, ...[...table.tBodies[0].rows].filter((row) => !row.hidden)].map((row) =>
    [...row.cells].map((cell) => {
      const text = cell.dataset.head ?? textOf(cell);
      return `"${(FORMULA.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;
    }).join(","));
  const file = new Blob(["\ufeff", lines.join("\r\n"), "\r\n"], { type: "text/csv" });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = `${document.title.split(" · ")[0]} ${new Date().toISOString().slice(0, 16).replace(":", "")}.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

function dress(table) {
  const key = keyOf(table);
  if (table.tBodies[0].rows.length < LEAST_ROWS && !chosenOf.has(key)) return;
  if (!chosenOf.has(key)) chosenOf.set(key, { words: "", column: null, direction: 1 });
  for (const [at, cell] of [...table.tHead.rows[0].cells].entries()) {
    if (cell.querySelector("input, button") || cell.colSpan > 1 || !cell.textContent.trim()) continue;
    cell.dataset.head = cell.textContent.trim();
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sort";
    button.textContent = cell.dataset.head;
    button.addEventListener("click", () => {
      const chosen = chosenOf.get(key);
      chosen.direction = chosen.column === at ? -chosen.direction : 1;
      chosen.column = at;
      apply(table);
    });
    cell.replaceChildren(button);
  }
  const before = table.previousElementSibling;
  if (!before?.matches(".tools")) table.before(tools(table, key));
  apply(table);
}

function tools(table, key) {
  const words = document.body.dataset;
  const bar = document.createElement("div");
  bar.className = "tools";
  const field = document.createElement("input");
  field.type = "search";
  field.value = chosenOf.get(key).words;
  field.placeholder = words.wordFilter;
  field.setAttribute("aria-label", words.wordFilter);
  const current = () => bar.nextElementSibling;
  field.addEventListener("input", () => { chosenOf.get(key).words = field.value; apply(current()); });
  bar.append(field);
  if (table.dataset.list) bar.append(...fileLinks(table.dataset.list, () => chosenOf.get(key).words));
  else if (!("wholeFile" in table.dataset)) bar.append(exportButton(words.wordExport, () => exported(current())));
  return bar;
}

function fileLinks(list, words) {
  const address = (path, format) => {
    const asked = new URLSearchParams(location.search);
    for (const paging of ["page", "after", "before"]) asked.delete(paging);
    if (words()) asked.set("match", words());
    if (format) asked.set("as_format", format);
    return `${path}?${asked}`;
  };
  const files = [["Excel", `/lists/${list}/export`, "xlsx"], ["CSV", `/lists/${list}/export`, "csv"], ["JSON", `/api/lists/${list}`, ""]];
  return files.map(([name, path, format]) => {
    const link = document.createElement("a");
    link.className = "button";
    link.textContent = name;
    link.href = address(path, format);
    if (!format) link.download = `${list}.json`;
    for (const event of ["pointerdown", "focus", "click"]) link.addEventListener(event, () => { link.href = address(path, format); });
    return link;
  });
}

function exportButton(word, exportNow) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = word;
  button.addEventListener("click", exportNow);
  return button;
}

const dressAll = () => lists().forEach(dress);
document.addEventListener("htmx:after:swap", dressAll);
dressAll();
