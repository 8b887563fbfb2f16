// Shows what the kernel says about each item, and sends what the learner asks for; fields.js stands above it.
//
// Two habits of JupyterLab shape it: a letter typed on a radio button is a notebook command unless the element itself
// carries data-lm-suppress-shortcuts, and a focused node that is replaced loses the focus to the notebook. So nodes
// are made once, and then only their text and attributes change.
const WAITING = "Waiting for the kernel: another cell is running.";
const SILENT = "No answer from the kernel. Restart it and run this cell.";

function showReason(row, note, refute) {
  const text = note ? JSON.stringify(note) : "";
  if (row.shown === text) return;
  row.shown = text;
  row.element.dataset.verdict = note?.verdict ?? "";
  row.reason.replaceChildren();
  for (const control of row.controls) {
    if (note) control.setAttribute("aria-describedby", row.reason.id);
    else control.removeAttribute("aria-describedby");
    if (row.title) control.dataset.verdict = note?.verdict ?? "";
  }
  if (!note) return;
  const verdict = node("strong", { class: "verdict" }, note.label);
  const title = row.title ? [row.title, " "] : [];
  const why = html("span", { class: "why" }, note.html);
  if (note.open) row.reason.append(...title, verdict, " ", why);
  else row.reason.append(node("details", {}, node("summary", {}, ...title, verdict, ": why?"), why));
  if (note.belief) {
    const button = node("button", { type: "button", class: "refute" }, "Run what refutes this");
    button.addEventListener("click", () => refute(note.belief));
    row.reason.append(button);
  }
}

const SURE = { "": "How sure are you?", guess: "a guess", fairly: "fairly sure", certain: "certain" };
const SURE_OPTIONS = Object.entries(SURE).map(([value, label]) => node("option", { value }, label));

// An item without its words and fields: copied for each, which is much faster than made for each.
const FRAME = node(
  "fieldset",
  { class: "item" },
  node("legend"),
  node("div", { class: "notes" }),
  node("div", { class: "prompt" }),
  node("p", { class: "note" }),
  node("div", { class: "fields" }),
  node("ol", { class: "hints" }),
  node("select", { class: "sure", "aria-label": "How sure are you? (you may leave it)" }, ...SURE_OPTIONS),
  node("div", { class: "buttons" }),
  node(
    "div",
    { role: "status", "aria-live": "polite", "aria-atomic": "true", class: "status" },
    node("span", { class: "words" }),
    node("span", { class: "spoken" }),
  ),
  node("div", { class: "picture" }),
);

const BUTTON = node("button", { type: "button" });

/** Shows these buttons in a row; a button keeps its node for as long as the row has its place. */
function showButtons(row, wanted, press) {
  while (row.children.length > wanted.length) {
    if (row.lastChild === document.activeElement) row.firstChild.focus();
    row.lastChild.remove();
  }
  wanted.forEach(({ action, label, enabled }, place) => {
    const made = row.children[place] ?? row.appendChild(BUTTON.cloneNode());
    if (!made.onclick) made.onclick = (event) => event.detail < 2 && press(made); // a double click is one
    made.dataset.action = action;
    made.textContent = label;
    made.setAttribute("aria-disabled", String(!enabled));
  });
}

function makeItem(model, item, id) {
  let state = {};
  let sent = null; // what the learner asked for and the kernel has not answered
  let next = null; // what was asked for meanwhile
  let timers = [];
  const element = FRAME.cloneNode(true);
  const [legend, notes, prompt, note, space, hints, sure, buttons, status, picture] = element.children;
  const [words, spoken] = status.children;
  const fields = CONTROLS[item.control](item, id, choose, (text) => say(text, ""));
  legend.id = `${id}-legend`;
  legend.textContent = item.legend;
  prompt.id = `${id}-prompt`;
  setHtml(prompt, item.prompt);
  note.textContent = item.note;
  space.append(...fields.elements);
  element.setAttribute("aria-labelledby", `${legend.id} ${prompt.id}`);

  function say(text, tone, aside = "") {
    if (words.textContent !== text) words.textContent = text;
    if (spoken.textContent !== aside) spoken.textContent = aside;
    status.dataset.tone = tone;
  }
  function choose() {
    if (state.locked) fields.write(state.answer);
    else model.set("drafts", { ...model.get("drafts"), [item.identifier]: fields.read() }); // for other views of it
  }
  function press(button) {
    if (button.getAttribute("aria-disabled") !== "true") ask(button.dataset.action, fields.read());
  }
  function ask(action, answer) {
    if (sent !== null) {
      if (action !== sent) next = action; // a second click on the same button asks nothing new
      return;
    }
    sent = action;
    timers = [
      setTimeout(() => say(WAITING, "busy"), 400),
      setTimeout(() => { say(SILENT, "wrong"); sent = next = null; }, 10_000),
    ];
    model.send({ item: item.identifier, action, answer, confidence: sure.value });
  }
  function askNext() {
    const action = next;
    sent = next = null;
    if (action && action !== "refute") ask(action, fields.read());
  }
  function update(news) {
    if (!news || news.reply === state.reply) return;
    timers.forEach(clearTimeout);
    const isNewAnswer = JSON.stringify(news.answer) !== JSON.stringify(state.answer);
    if (news.locked !== (state.locked ?? false)) fields.lock(news.locked);
    state = news;
    element.hidden = state.hidden;
    element.dataset.locked = String(state.locked);
    if (isNewAnswer) fields.write(state.answer);
    if (isNewAnswer || state.confidence) sure.value = state.confidence;
    sure.hidden = !item.confidence || state.locked;
    for (const row of fields.rows) {
      showReason(row, state.feedback.find((note) => note.part === row.identifier), (belief) => ask("refute", belief));
    }
    hints.replaceChildren(...state.hints.map((hint) => html("li", {}, hint)));
    notes.replaceChildren(...state.notes.map((text) => node("p", {}, text)));
    const shown = state.picture + state.reading;
    if ((picture.source ?? "") !== shown) {
      picture.source = shown;
      setHtml(picture, shown);
    }
    showButtons(buttons, state.buttons, press);
    say(state.status, state.tone, state.spoken);
    if (sent !== null) askNext();
  }
  function draft(drafts) {
    const answer = drafts?.[item.identifier];
    if (answer !== undefined && !state.locked && JSON.stringify(answer) !== JSON.stringify(fields.read())) {
      fields.write(answer);
    }
  }
  element.addEventListener("keydown", (event) => {
    if (event.key === "Escape") return event.target.closest(".jp-Cell")?.focus();
    if (event.key === "Enter" && event.target.matches("input, [role=listbox]")) {
      event.preventDefault();
      press(buttons.firstChild);
    }
    event.stopPropagation(); // JupyterLab would take Enter and the arrows for the cell
  });
  return { identifier: item.identifier, element, update, draft };
}

function render({ model, el }) {
  // On the page, not in this module: each widget loads a copy of it, and two groups of radio buttons must not share a name.
  globalThis.atrViews = (globalThis.atrViews ?? 0) + 1;
  const view = `atr-${globalThis.atrViews}`;
  const items = model.get("items").map((item, place) => makeItem(model, item, `${view}-${place}`));
  const update = () => items.forEach((item) => item.update(model.get("states")[item.identifier]));
  const hear = () => {
    model.set("states", { ...model.get("states"), ...model.get("news") }); // for a view that opens later
    update();
  };
  const draft = () => items.forEach((item) => item.draft(model.get("drafts")));
  update();
  draft();
  el.append(node("section", { class: "atr-quiz", lang: model.get("lang") }, ...items.map((item) => item.element)));
  model.on("change:news", hear);
  model.on("change:drafts", draft);
  return () => {
    model.off("change:news", hear);
    model.off("change:drafts", draft);
  };
}

export default { render };
