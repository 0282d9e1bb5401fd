// The agent's and the callback agent's forms: digits choose, the catalogue proposes, a new call
// shows by itself without taking what is being typed.

// A group of choices with codes: a digit chooses while one of them has the focus.
document.addEventListener("keydown", (event) => {
  if (event.isComposing || event.altKey || event.metaKey) return;
  const form = event.target.closest?.("#intake, #answers");
  if (form && event.ctrlKey && event.key === "Enter") {
    event.preventDefault();
    form.requestSubmit();
    return;
  }
  const group = event.target.closest?.("[data-codes]");
  if (!group || event.ctrlKey) return;
  const choice = group.querySelector(`[data-code="${CSS.escape(event.key)}"]`);
  if (!choice) return;
  event.preventDefault();
  event.stopPropagation();
  choice.focus();
  choice.click();
}, true);

// What the catalogue proposes for the chosen category and region; which requests may be the same.
function propose() {
  const form = document.getElementById("intake");
  if (!form) return;
  const category = form.elements.category.selectedOptions[0];
  const region = form.elements.region.value;
  const place = document.getElementById("proposal");
  if (form.elements.direct_answer.value.trim()) place.textContent = place.dataset.direct;
  else if (category.value && region) {
    const units = JSON.parse(category.dataset.units);
    place.textContent = units[region] ?? units[""];
  } else place.textContent = place.dataset.none;
  const kind = form.querySelector("[name=kind]:checked");
  const limit = document.getElementById("handle-limit");
  if (kind) limit.textContent = kind.dataset.limit;
  for (const row of document.querySelectorAll("tr[data-open]")) {
    const same = category.value !== "" && row.dataset.category === category.value && (!region || row.dataset.region === region);
    row.querySelector(".same").hidden = !same;
  }
}
document.addEventListener("input", propose);
document.addEventListener("htmx:after:swap", propose);
propose();

// A call that was just taken: an untouched form turns to it, a begun one stays with its own.
function turn() {
  const present = document.getElementById("present");
  const form = document.getElementById("intake");
  if (!present || !form || present.dataset.call === form.dataset.call || !present.dataset.call) return;
  const begun = [...form.querySelectorAll("input, select, textarea")].some((field) =>
    field.name === "cited" || (field.type === "radio" ? field.checked : field.type !== "hidden" && field.value !== ""));
  if (begun) document.getElementById("new-call").hidden = false;
  else location.assign("/agent");
}
document.addEventListener("htmx:after:swap", turn);

// The knowledge base beside the call: search, open a hit, cite what was read out.
function cite(button) {
  const place = document.getElementById("cited");
  if (!place || place.querySelector(`[value="${CSS.escape(button.dataset.cite)}"]`)) return;
  const chip = document.createElement("span");
  chip.className = "chip";
  const value = document.createElement("input");
  Object.assign(value, { type: "hidden", name: "cited", value: button.dataset.cite });
  const remove = document.createElement("button");
  Object.assign(remove, { type: "button", className: "plain", textContent: "×", title: place.dataset.remove });
  remove.setAttribute("aria-label", place.dataset.remove);
  remove.dataset.uncite = "";
  chip.append(value, `${button.dataset.title} ${button.dataset.cite}`, remove);
  place.append(chip);
}
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-cite]");
  if (button) cite(button);
  if (event.target.closest?.("[data-uncite]")) event.target.closest(".chip").remove();
});
document.addEventListener("keydown", (event) => {
  const search = document.getElementById("kb-search");
  if (!search || event.isComposing) return;
  const hits = [...document.querySelectorAll("#kb-hits .hit")];
  if (event.altKey && event.code === "KeyK") search.focus();
  else if (event.altKey && event.code === "KeyC") {
    const button = document.querySelector("#kb-open [data-cite]");
    if (button) cite(button);
  } else if (event.altKey && /^Digit[1-8]$/.test(event.code)) hits[Number(event.code.slice(5)) - 1]?.click();
  else if (event.key === "Enter" && event.target === search) hits[0]?.click();
  else return;
  event.preventDefault();
});
