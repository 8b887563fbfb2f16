// The panel's controls. Each focusable element carries data-lm-suppress-shortcuts: without it JupyterLab takes
// a "b" typed here for "insert a cell".
function element(tag, attributes = {}, text = "") {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.textContent = text;
  return node;
}

function control(tag, attributes) {
  return element(tag, { "data-lm-suppress-shortcuts": "true", ...attributes });
}

function render({ model, el }) {
  // anywidget loads this file once for each panel, so a counter in it would begin anew.
  globalThis.triggerPanels = (globalThis.triggerPanels ?? 0) + 1;
  const id = `trigger-panel-${globalThis.triggerPanels}`;
  const endpoint = control("select", { id: `${id}-endpoint` });
  const count = control("input", { id: `${id}-count`, type: "number", min: 1, max: 50, step: 1 });
  const send = control("button", { type: "button" });
  const status = element("div", { role: "status" });
  const code = element("code");
  const picture = element("div");
  send.textContent = "Send";

  function listEndpoints() {
    endpoint.replaceChildren(...model.get("endpoints").map((path) => element("option", { value: path }, path)));
    endpoint.value = model.get("endpoint");
  }
  function showBusy() {
    send.setAttribute("aria-disabled", String(model.get("busy")));
  }
  function choose() {
    model.set("endpoint", endpoint.value);
    const wanted = Math.min(50, Math.max(1, Math.round(Number(count.value)) || 1));
    if (count.value !== String(wanted)) count.value = wanted;
    model.set("count", wanted);
    model.save_changes();
  }
  const shown = {
    endpoints: listEndpoints,
    endpoint: () => (endpoint.value = model.get("endpoint")),
    count: () => (count.value = model.get("count")),
    code: () => (code.textContent = model.get("code")),
    status: () => (status.textContent = model.get("status")),
    picture: () => (picture.innerHTML = model.get("picture")),
    busy: showBusy,
  };
  for (const [name, show] of Object.entries(shown)) {
    show();
    model.on(`change:${name}`, show);
  }

  function submit() {
    choose();
    const chosen = { endpoint: model.get("endpoint"), count: model.get("count") };
    if (!model.get("busy")) model.send({ type: "send", ...chosen });
  }
  endpoint.addEventListener("focus", () => model.send({ type: "refresh" }));
  endpoint.addEventListener("change", choose);
  count.addEventListener("change", choose);
  send.addEventListener("click", submit);
  const fields = element("fieldset", { class: "trigger-panel" });
  fields.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault(); // JupyterLab would start to edit the cell
    event.stopPropagation();
    submit();
  });
  const row = element("div", { class: "row" });
  row.append(
    element("label", { for: endpoint.id }, "Endpoint"), endpoint,
    element("label", { for: count.id }, "Requests at once"), count, send,
  );
  fields.append(element("legend", {}, "Send requests to the live server"), row, code, status, picture);
  el.append(fields);
  return () => {
    for (const [name, show] of Object.entries(shown)) model.off(`change:${name}`, show);
  };
}

export default { render };
