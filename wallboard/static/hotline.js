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
  const days = document.getElementById("handle-days");
  if (kind) days.textContent = days.dataset.words.replace("{days}", kind.dataset.days);
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
    field.type === "radio" ? field.checked : field.type !== "hidden" && field.value !== "");
  if (begun) document.getElementById("new-call").hidden = false;
  else location.assign("/agent");
}
document.addEventListener("htmx:after:swap", turn);
