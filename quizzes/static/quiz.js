// Shows what the kernel says about each item, and sends what the learner asks for; fields.js stands above it.
//
// Two habits of JupyterLab shape it: a letter typed on a radio button is a notebook command unless the element itself
// carries data-lm-suppress-shortcuts, and a focused node that is replaced loses the focus to the notebook. So nodes
// are made once, and then only their text and attributes change.
const WAITING = "Waiting for the kernel: another cell is running.";
const SILENT = "No answer from the kernel. Restart it and run this cell.";
const FOCUSABLE = "a, button, input, select, summary, textarea, [tabindex]";

function keepKeys(root) {
  for (const made of root.querySelectorAll(FOCUSABLE)) made.setAttribute("data-lm-suppress-shortcuts", "true");
}

function showReason(row, note, refute) {
  row.element.dataset.verdict = note?.verdict ?? "";
  const text = note ? JSON.stringify(note) : "";
  if (row.shown === text) return;
  row.shown = text;
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
  keepKeys(row.reason);
}

const SURE = { "": "How sure are you?", guess: "a guess", fairly: "fairly sure", certain: "certain" };

/** How sure the learner is; to say nothing is all right. */
function makeSure(id) {
  const options = Object.entries(SURE).map(([value, label]) => node("option", { value }, label));
  return node("select", { id: `${id}-sure`, class: "sure", "aria-label": "How sure are you? (you may leave it)" }, ...options);
}

/** One row of buttons; a button keeps its node for as long as the row has its place. */
function makeButtons(press) {
  const element = node("div", { class: "buttons" });
  const update = (wanted) => {
    while (element.children.length > wanted.length) {
      if (element.lastChild === document.activeElement) element.firstChild.focus();
      element.lastChild.remove();
    }
    wanted.forEach(({ action, label, enabled }, place) => {
      const made = element.children[place] ?? element.appendChild(node("button", { type: "button" }));
      if (!made.onclick) made.onclick = () => press(made);
      made.dataset.action = action;
      made.textContent = label;
      made.setAttribute("aria-disabled", String(!enabled));
      made.setAttribute("data-lm-suppress-shortcuts", "true");
    });
  };
  return { element, update };
}

function makeItem(model, item, id) {
  let state = {};
  let sent = null; // the reply number that was on the page when the learner asked for something
  let timers = [];
  const status = node("div", { role: "status", "aria-live": "polite", "aria-atomic": "true", class: "status" });
  const words = status.appendChild(node("span", { class: "words" }));
  const spoken = status.appendChild(node("span", { class: "spoken" }));
  const notes = node("div", { class: "notes" });
  const hints = node("ol", { class: "hints" });
  const picture = node("div", { class: "picture" });
  const fields = CONTROLS[item.control](item, id, choose, (text) => say(text, ""));
  const sure = makeSure(id);
  sure.hidden = !item.confidence;
  const buttons = makeButtons(press);
  const legend = node("legend", { id: `${id}-legend` }, item.legend);
  const prompt = html("div", { id: `${id}-prompt`, class: "prompt" }, item.prompt);
  const element = node(
    "fieldset",
    { class: "item", "aria-labelledby": `${id}-legend ${id}-prompt` },
    legend, notes, prompt, node("p", { class: "note" }, item.note),
    ...fields.elements, hints, sure, buttons.element, status, picture,
  );

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
    if (sent !== null) return;
    sent = state.reply;
    timers = [
      setTimeout(() => say(WAITING, "busy"), 400),
      setTimeout(() => { say(SILENT, "wrong"); sent = null; }, 10_000),
    ];
    model.send({ item: item.identifier, action, answer, confidence: sure.value });
  }
  function update(news) {
    if (!news || news.reply === state.reply) return;
    if (sent !== null) timers.forEach(clearTimeout);
    sent = null;
    const isNewAnswer = JSON.stringify(news.answer) !== JSON.stringify(state.answer);
    state = news;
    element.hidden = state.hidden;
    element.dataset.locked = String(state.locked);
    if (isNewAnswer) fields.write(state.answer);
    fields.lock(state.locked);
    if (isNewAnswer || state.confidence) sure.value = state.confidence;
    sure.hidden = !item.confidence || state.locked;
    for (const row of fields.rows) {
      showReason(row, state.feedback.find((note) => note.part === row.identifier), (belief) => ask("refute", belief));
    }
    hints.replaceChildren(...state.hints.map((hint) => html("li", {}, hint)));
    notes.replaceChildren(...state.notes.map((text) => node("p", {}, text)));
    const shown = state.picture + state.reading;
    if (picture.source !== shown) {
      picture.source = shown;
      picture.innerHTML = shown;
    }
    buttons.update(state.buttons);
    say(state.status, state.tone, state.spoken);
    keepKeys(element);
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
      press(buttons.element.firstChild);
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
