// Puts it together: the filters, what each change of them draws anew, and links to sections.
const DAY_FIELDS = ["day", data.tag, "service", "account"];
const CHARTED = DIMENSIONS.filter((dimension) => byId(`daily-${dimension}`));
const HALF_CENT = 0.005;
const SPLIT = ["usage", "mix", "rate", "other"];

function showTotal() {
  const sums = sumAll(), unit = data.currency;
  const moved = sums.before === null ? "" : `, ${signed(sums.now - sums.before)} (${percent(share(sums.now, sums.before))}) against ${view().previous} on equal days`;
  const whole = view().slots.length === data.slots.day.length ? "" : `; ${figure(sums.whole)} ${unit} in the whole bill`;
  byId("filter-total").textContent = `${described()}: ${figure(sums.now)} ${unit}${moved}${whole}.`;
  byId("filter-state").textContent = `Shown here: ${described()}.`;
  byId("headline-scope").hidden = !active().length;
}

// Movers of what is chosen. Usage, mix and rate are known of the report's own movers, in its own window and cost kind.
function drawMoversTable() {
  const known = new Map(data.movers.map((each) => [JSON.stringify([each.group, each.service]), each]));
  const own = !active().some((name) => !["group", "service"].includes(name));
  if (view().previous === null) {
    fill(byId("movers"), []);
    return [];
  }
  const all = grouped((row) => JSON.stringify([nameOf("group", row), nameOf("service", row)])).map((each) => {
    const [group, service] = JSON.parse(each.name);
    return { ...each, group, service, change: change(each.now, each.before), split: own ? known.get(each.name) : undefined };
  });
  all.sort((a, b) => Math.abs(b.change) - Math.abs(a.change));
  const least = all.length && Math.abs(all[0].change) >= HALF_CENT ? HALF_CENT : NOTHING;
  const listed = all.slice(0, 8).filter((each) => Math.abs(each.change) >= least), others = all.slice(8);
  const rest = { group: "all others", service: "all others", ...sumAll(others.flatMap((each) => each.rows)), rest: true };
  if (Math.abs(change(rest.now, rest.before)) >= least) listed.push({ ...rest, change: change(rest.now, rest.before) });
  const lines = listed.map((each) => ({
    rest: each.rest,
    cells: [
      each.rest ? each.group : named("group", each.group), each.rest ? each.service : named("service", each.service), each.now, each.before, each.change,
      share(each.now, each.before), ...SPLIT.map((name) => each.split?.[name] ?? ""), each.split?.most ?? "",
    ],
  }));
  fill(byId("movers"), lines);
  const empty = byId("movers").closest(".table").querySelector(".empty");
  if (empty) empty.hidden = lines.length > 0;
  return listed;
}

function drawSpend(dimension) {
  const table = byId(`by-${dimension}`);
  headings(table)[1].firstChild.textContent = headings(table)[1].dataset.title = view().label;
  const lines = grouped((row) => nameOf(dimension, row)).map((each) => ({
    rest: each.name === "(other)",
    cells: [named(dimension, each.name), each.now, each.before, change(each.now, each.before), share(each.now, each.before), each.whole],
  }));
  table.caption.textContent = `Spend by ${FILTER_NAMES[dimension]}, ${data.currency} ${data.kinds[state.kind].name}`;
  fill(table, lines);
}

// Charts can't be drawn of nothing: a sentence takes their place, and there is nothing to export.
function showNothing() {
  const none = !chosenRows.length;
  byId("nothing").hidden = !none;
  for (const id of ["daily", "drill-heading", "drill-help"]) byId(id).hidden = none;
  byId("drill").closest(".table").hidden = none;
  for (const id of ["export-daily", "export-resources"]) byId(id).disabled = none;
  return none;
}

function showFilters() {
  byId("filter-view").value = view().id;
  byId("filter-kind").value = data.kinds[state.kind].id;
  for (const dimension of DIMENSIONS) byId(`filter-${dimension}`).value = state[dimension];
  if (byId("filter-query").value.trim() !== state.resource) byId("filter-query").value = state.resource;
}

let drawing = Promise.resolve();
async function draw() {
  choose();
  showTotal();
  const drawn = drawMoversTable();
  DIMENSIONS.forEach(drawSpend);
  drawDrill();
  headings(byId("drill"))[1].firstChild.textContent = headings(byId("drill"))[1].dataset.title = view().label;
  filterTables();
  if (!showNothing()) for (const dimension of CHARTED) await drawLines(dimension);
  await drawMovers(drawn);
  await drawFixed();
  document.querySelectorAll("main table").forEach(showOrder);
  markScrolling();
}

// One drawing after another: Vega draws later than it is asked.
function update() {
  document.documentElement.dataset.ready = "false";
  drawing = drawing.then(draw).finally(() => (document.documentElement.dataset.ready = "true"));
  return drawing;
}

function setFilter(name, value) {
  state[name] = value;
  writeHash();
  update();
}

function exportDaily() {
  const sums = new Map();
  for (const row of chosenRows) {
    const names = DIMENSIONS.map((dimension) => nameOf(dimension, row));
    data.kinds.forEach((_, kind) => {
      const found = series(row, kind);
      for (let at = 1, slot = found[0]; at < found.length; at += 1, slot += 1) {
        if (!slotsOf[state.view][slot]) continue;
        const key = JSON.stringify([data.slots.day[slot], ...names]);
        if (!sums.has(key)) sums.set(key, data.kinds.map(() => 0));
        sums.get(key)[kind] += found[at];
      }
    });
  }
  const lines = [...sums].map(([key, amounts]) => [...JSON.parse(key), ...amounts.map((amount) => amount / SCALE)]);
  download("spend-by-day.csv", [...DAY_FIELDS, ...data.kinds.map((kind) => kind.id)], lines.sort((a, b) => compare(a[0], b[0])));
}

function exportResources() {
  const lines = chosenRows.map((row) => [
    ...DIMENSIONS.map((dimension) => nameOf(dimension, row)), rows.rest[row] ? rows.label[row] : rows.resource[row], rows.detail[row], ...data.kinds.map((_, kind) => now(row, kind)),
  ]);
  download("resources.csv", [data.tag, "service", "account", "resource", "detail", ...data.kinds.map((kind) => kind.id)], lines);
}

function bindFilters() {
  const views = byId("filter-view"), kinds = byId("filter-kind");
  views.append(...data.views.map((each) => element("option", { value: each.id, textContent: each.label })));
  kinds.append(...data.kinds.map((each) => element("option", { value: each.id, textContent: each.name })));
  views.addEventListener("change", () => setFilter("view", views.selectedIndex));
  kinds.addEventListener("change", () => setFilter("kind", kinds.selectedIndex));
  for (const dimension of DIMENSIONS) byId(`filter-${dimension}`).addEventListener("change", (event) => setFilter(dimension, event.target.value));
  byId("filter-query").addEventListener("input", (event) => setFilter("resource", event.target.value.trim()));
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  byId("filters").addEventListener("reset", (event) => {
    event.preventDefault();
    byId("filter-query").value = "";
    Object.assign(state, initial());
    showFilters();
    writeHash();
    update();
  });
}

function goTo(id) {
  byId(id)?.scrollIntoView();
  byId(id)?.focus({ preventScroll: true });
}

function bindLinks() {
  document.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (!link) return;
    event.preventDefault();
    state.at = link.getAttribute("href").slice(1);
    writeHash();
    goTo(state.at);
  });
  window.addEventListener("hashchange", async () => {
    readHash();
    showFilters();
    await update();
    if (state.at) goTo(state.at);
  });
}

async function start() {
  for (const table of document.querySelectorAll("main table")) if (table.tHead.rows.length) dress(table);
  for (const id of ["movers", "drill", ...DIMENSIONS.map((each) => `by-${each}`), ...CHARTED.map((each) => `${each}-table`)]) {
    RENDERED.set(id, drawDrill);
    byId(id).dataset.follows = FILTERS.join(" ");
  }
  bindFilters();
  readHash();
  showFilters();
  byId("drill").addEventListener("click", (event) => {
    const button = event.target.closest("button.twist");
    if (button) toggle(button.closest("tr").dataset.path);
  });
  byId("drill").addEventListener("keydown", drillKey);
  byId("export-daily").addEventListener("click", exportDaily);
  byId("export-resources").addEventListener("click", exportResources);
  window.addEventListener("resize", markScrolling);
  bindLinks();
  await update();
  if (state.at) goTo(state.at);
}

start();
