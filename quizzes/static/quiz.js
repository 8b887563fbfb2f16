// Shows what the kernel says about each item, and sends what the learner asks for. It judges nothing and knows no key.
//
// Two habits of JupyterLab shape it: a letter typed on a radio button is a notebook command unless the element itself
// carries data-lm-suppress-shortcuts, and a focused node that is replaced loses the focus to the notebook. So nodes
// are made once, and then only their text and attributes change.
const WAITING = "Waiting for the kernel: another cell is running.";
const SILENT = "No answer from the kernel. Restart it and run this cell.";
const FOCUSABLE = "a, button, input, summary";

function node(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

function html(tag, attributes, content) {
  const made = node(tag, attributes);
  made.innerHTML = content; // rendered and escaped in Python
  return made;
}

function keepKeys(root) {
  for (const made of root.querySelectorAll(FOCUSABLE)) made.setAttribute("data-lm-suppress-shortcuts", "true");
}

/** The fields of one item: radio buttons, checkboxes, or one field for a number. */
function makeFields(item, id, onChange) {
  const choices = item.control === "number" ? [{ identifier: "", content: "Your answer" }] : item.choices;
  const type = item.control === "number" ? "text" : item.control;
  const rows = choices.map(({ identifier, content }, place) => {
    const input = node("input", { type, name: id, value: identifier, id: `${id}-${place}` });
    if (type === "text") Object.assign(input, { inputMode: "decimal", autocomplete: "off", size: 8 });
    input.addEventListener(type === "text" ? "input" : "change", onChange);
    const label = node("label", { for: input.id }, input, html("span", {}, content));
    if (item.unit) label.append(node("span", {}, item.unit));
    const reason = node("div", { class: "reason", id: `${input.id}-why` });
    return { identifier, input, reason, element: node("div", { class: "option" }, label, reason) };
  });
  const read = () =>
    type === "text" ? rows[0].input.value : rows.filter((row) => row.input.checked).map((row) => row.identifier);
  const write = (answer) => {
    if (type === "text") rows[0].input.value = typeof answer === "string" ? answer : "";
    else rows.forEach((row) => (row.input.checked = (answer ?? []).includes(row.identifier)));
  };
  return { rows, read, write };
}

function showReason(row, note) {
  row.element.dataset.verdict = note?.verdict ?? "";
  const text = note ? `${note.verdict}${note.open}${note.html}` : "";
  if (row.shown === text) return;
  row.shown = text;
  row.reason.replaceChildren();
  if (!note) {
    row.input.removeAttribute("aria-describedby");
    return;
  }
  row.input.setAttribute("aria-describedby", row.reason.id);
  const verdict = node("strong", { class: "verdict" }, note.label);
  const why = html("span", {}, note.html);
  if (note.open) row.reason.append(verdict, " ", why);
  else row.reason.append(node("details", {}, node("summary", {}, verdict, ": why?"), why));
  keepKeys(row.reason);
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
  const fields = makeFields(item, id, choose);
  const buttons = makeButtons(press);
  const legend = node("legend", { id: `${id}-legend` }, item.legend);
  const prompt = html("div", { id: `${id}-prompt`, class: "prompt" }, item.prompt);
  const element = node(
    "fieldset",
    { class: "item", "aria-labelledby": `${id}-legend ${id}-prompt` },
    legend, notes, prompt, node("p", { class: "note" }, item.note),
    ...fields.rows.map((row) => row.element), hints, buttons.element, status, picture,
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
    if (button.getAttribute("aria-disabled") === "true" || sent !== null) return;
    sent = state.reply;
    timers = [
      setTimeout(() => say(WAITING, "busy"), 400),
      setTimeout(() => { say(SILENT, "wrong"); sent = null; }, 10_000),
    ];
    model.send({ item: item.identifier, action: button.dataset.action, answer: fields.read() });
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
    for (const row of fields.rows) {
      row.input.setAttribute("aria-disabled", String(state.locked));
      row.input.readOnly = state.locked;
      showReason(row, state.feedback.find((note) => note.choice === row.identifier));
    }
    hints.replaceChildren(...state.hints.map((hint) => html("li", {}, hint)));
    notes.replaceChildren(...state.notes.map((text) => node("p", {}, text)));
    if (picture.source !== state.picture) {
      picture.source = state.picture;
      picture.innerHTML = state.picture + state.reading;
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
    if (event.key === "Enter" && event.target.matches("input")) {
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
  el.append(node("section", { class: "atr-quiz", lang: model.get("lang") }, ...items.map((item) => item.element)));
  const update = () => items.forEach((item) => item.update(model.get("states")[item.identifier]));
  const draft = () => items.forEach((item) => item.draft(model.get("drafts")));
  update();
  draft();
  model.on("change:states", update);
  model.on("change:drafts", draft);
  return () => {
    model.off("change:states", update);
    model.off("change:drafts", draft);
  };
}

export default { render };
