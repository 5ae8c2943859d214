// What is chosen, how it stands in the address (so that a link can be shared), and how figures read.
const data = JSON.parse(document.getElementById("report-data").textContent);
const DIMENSIONS = ["group", "service", "account"];
const FILTERS = ["view", "kind", ...DIMENSIONS, "resource"];
const FILTER_NAMES = { view: "window", kind: "cost kind", group: data.tag, service: "service", account: "account", resource: "resource" };
const MAX_OPEN = 100;
const NOTHING = Math.max(1e-8, 100 / 10 ** data.rows.decimals); // what rounding leaves of a difference
const byId = (id) => document.getElementById(id);
const DEFAULT_KIND = data.kinds.findIndex((kind) => kind.id === data.cost);
const initial = () => ({ view: 0, kind: DEFAULT_KIND, group: "", service: "", account: "", resource: "" });
const state = { ...initial(), at: "", open: new Set(), sort: new Map() };

const twoDecimals = new Intl.NumberFormat("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const digits = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 2, minimumSignificantDigits: 2 });
function figure(value) {
  if (value === null) return "unknown";
  if (Math.abs(value) < NOTHING) return "0.00";
  return (Math.abs(value) >= 0.01 ? twoDecimals : digits).format(value);
}
const signed = (value) => (value === null ? "unknown" : (value > 0 && figure(value) !== "0.00" ? "+" : "") + figure(value));
function percent(share) {
  if (share === null) return "unknown";
  const text = (share * 100).toFixed(1);
  return `${Number(text) === 0 ? "0.0" : text}%`;
}
const FORMATS = { text: (value) => value ?? "", money: figure, signed, percent, count: (value) => value.toLocaleString("en-US") };
const change = (now, before) => (before === null ? null : now - before);
const share = (now, before) => (before ? (now - before) / Math.abs(before) : null);

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

// Text that turns no text around it: control and formatting characters become �, as in what the page was written with.
const printable = (text) => text.replace(/\p{Z}|\s/gu, " ").replace(/\p{C}/gu, "�");
// A cell whose text may be cut: its csv has all of the name, its title the start.
const named = (dimension, name) => ({ text: label(dimension, name), full: name });
const label = (dimension, name) => data.labels[dimension][data.names[dimension].indexOf(name)] ?? name;
const view = () => data.views[state.view];
const active = () => FILTERS.filter((name) => state[name] !== initial()[name]);

// The filters in words, for the line under them and for paper.
function described() {
  const chosen = DIMENSIONS.filter((dimension) => state[dimension]).map((dimension) => `${FILTER_NAMES[dimension]} ${label(dimension, state[dimension])}`);
  if (state.resource) chosen.push(`resources that contain "${state.resource}"`);
  return `${chosen.length ? chosen.join(", ") : "Everything"}; ${data.kinds[state.kind].name} cost; ${view().label}`;
}

function writeHash() {
  const made = new URLSearchParams();
  if (state.view) made.set("view", view().id);
  if (state.kind !== DEFAULT_KIND) made.set("kind", data.kinds[state.kind].id);
  for (const name of [...DIMENSIONS, "resource"]) if (state[name]) made.set(name, state[name]);
  for (const path of [...state.open].slice(0, MAX_OPEN)) made.append("open", path);
  for (const [table, [column, descending]] of state.sort) made.append("sort", `${table} ${column} ${descending ? "down" : "up"}`);
  if (state.at) made.set("at", state.at);
  const text = made.toString();
  history.replaceState(null, "", text ? `#${text}` : location.pathname + location.search);
}

// An address is untrusted: only names that the report has are taken over.
function readHash() {
  const text = location.hash.slice(1);
  Object.assign(state, initial(), { at: "", open: new Set(), sort: new Map() });
  if (!text.includes("=")) {
    if (byId(text)?.matches("section")) state.at = text;
    return;
  }
  const given = new URLSearchParams(text);
  state.view = Math.max(0, data.views.findIndex((each) => each.id === given.get("view")));
  const kind = data.kinds.findIndex((each) => each.id === given.get("kind"));
  if (kind >= 0) state.kind = kind;
  for (const dimension of DIMENSIONS) if (data.names[dimension].includes(given.get(dimension))) state[dimension] = given.get(dimension);
  state.resource = (given.get("resource") ?? "").slice(0, 200);
  for (const path of given.getAll("open").slice(0, MAX_OPEN)) state.open.add(path);
  for (const each of given.getAll("sort")) {
    const [table, column, direction] = each.split(" ");
    if (byId(table)?.tHead && Number.isInteger(Number(column))) state.sort.set(table, [Number(column), direction === "down"]);
  }
  if (byId(given.get("at") ?? "")?.matches("section")) state.at = given.get("at");
}
