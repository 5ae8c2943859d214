// Drill-down: team, service, resource. A row's children stand after it while it is open; the address remembers which are.
const LEVELS = [(row) => nameOf("group", row), (row) => nameOf("service", row), (row) => row];
const LEVEL_NAMES = ["group", "service", "resource"];
const pathKey = (path) => JSON.stringify(path);

function orderOf(nodes) {
  const chosen = state.sort.get("drill");
  if (!chosen) return nodes;
  const [column, descending] = chosen;
  const keys = [(each) => each.label, (each) => each.now, (each) => each.before ?? "", (each) => change(each.now, each.before) ?? "", (each) => share(each.now, each.before) ?? "", (each) => each.whole];
  const key = keys[column] ?? keys[0];
  return [...nodes].sort((a, b) => a.last - b.last || compare(key(a), key(b)) * (descending ? -1 : 1));
}

function children(path, among) {
  const depth = path.length;
  const nodes = grouped(LEVELS[depth], among).map((each) => {
    const leaf = depth === 2;
    return {
      ...each,
      path: [...path, leaf ? "" : each.name],
      label: leaf ? rows.label[each.name] : label(LEVEL_NAMES[depth], each.name),
      title: printable((leaf ? `${rows.resource[each.name]} in account ${nameOf("account", each.name)}` : each.name).slice(0, 200)),
      last: leaf ? rows.rest[each.name] > 0 : each.name === "(other)",
    };
  });
  return orderOf(nodes.sort((a, b) => a.last - b.last));
}

function drillRow(node) {
  const level = node.path.length;
  const name = element("th", { scope: "row", className: `level-${level}` });
  const row = element("tr", {}, name);
  row.dataset.level = level;
  if (level < 3) {
    const key = pathKey(node.path);
    row.dataset.path = key;
    const button = element("button", { type: "button", className: "twist" }, element("span", { className: "name", textContent: node.label, title: node.label.endsWith("…") ? node.title : "" }));
    button.setAttribute("aria-expanded", String(state.open.has(key)));
    name.append(button);
  } else {
    name.append(element("span", { className: "name resource", textContent: node.label, title: node.title }));
  }
  const columns = headings(byId("drill"));
  const values = [node.now, node.before, change(node.now, node.before), share(node.now, node.before), node.whole];
  row.append(
    ...values.map((value, at) => {
      const made = cell(value, columns[at + 1]);
      made.className = columns[at + 1].className;
      return made;
    }),
  );
  return row;
}

function branch(path, among) {
  return children(path, among).flatMap((node) => {
    const made = [drillRow(node)];
    if (node.path.length < 3 && state.open.has(pathKey(node.path))) made.push(...branch(node.path, node.rows));
    return made;
  });
}

function drawDrill() {
  byId("drill").tBodies[0].replaceChildren(...branch([], chosenRows));
}

const drillButtons = () => [...byId("drill").querySelectorAll("button.twist")];
const buttonOf = (key) => drillButtons().find((button) => button.closest("tr").dataset.path === key);

function toggle(key, open = !state.open.has(key)) {
  if (open) state.open.add(key);
  else {
    const start = key.slice(0, -1);
    for (const other of [...state.open]) if (other === key || other.startsWith(`${start},`)) state.open.delete(other);
  }
  drawDrill();
  buttonOf(key)?.focus();
  markScrolling();
  writeHash();
}

function drillKey(event) {
  const row = event.target.closest("tr[data-path]");
  if (!row || !event.target.matches("button.twist") || event.altKey || event.ctrlKey || event.metaKey) return;
  const key = row.dataset.path, path = JSON.parse(key), buttons = drillButtons(), at = buttons.indexOf(event.target);
  const moves = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: buttons.length - 1 };
  if (event.key in moves) buttons[moves[event.key]]?.focus();
  else if (event.key === "ArrowRight" && !state.open.has(key)) toggle(key, true);
  else if (event.key === "ArrowRight") buttons[at + 1]?.focus();
  else if (event.key === "ArrowLeft" && state.open.has(key)) toggle(key, false);
  else if (event.key === "ArrowLeft" && path.length > 1) buttonOf(pathKey(path.slice(0, -1)))?.focus();
  else return;
  event.preventDefault();
}
