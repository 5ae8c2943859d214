// The report page's own script: filters, charts, drill-down and csv, all from the data inlined in the page.
(() => {
  "use strict";
  const data = JSON.parse(document.getElementById("report-data").textContent);
  const TOP = 5, MINIMUM_GAP = 18, CHART_HEIGHT = 260, NARROW = 480, NARROW_NAME = 14;
  const [DAY, WINDOW, GROUP, SERVICE, COSTS, EQUAL_DAYS] = [0, 1, 2, 3, 4, 5];
  const CURRENT = 0, PREVIOUS = 1;
  const byId = (id) => document.getElementById(id);
  const state = { kind: data.kinds.findIndex((kind) => kind.id === data.cost), group: -1, service: -1 };
  const charts = {};

  const twoDecimals = new Intl.NumberFormat("en-US", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  const digits = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 2 });
  function figure(value) {
    if (value === null) return "unknown";
    if (Math.abs(value) < 1e-8) return "0.00";
    return (Math.abs(value) >= 0.01 ? twoDecimals : digits).format(value);
  }
  const signed = (value) => (value > 0 && figure(value) !== "0.00" ? "+" : "") + figure(value);
  function share(now, before) {
    if (!before) return now ? "new" : "0.0%";
    const text = (((now - before) / Math.abs(before)) * 100).toFixed(1);
    return Number(text) === 0 ? "0.0%" : `${now > before ? "+" : ""}${text}%`;
  }

  function element(tag, properties = {}, ...children) {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children);
    return made;
  }

  // A bare date would be read as UTC and shown as the day before west of it.
  const midnight = (day) => `${data.days[day]}T00:00:00`;
  const chosen = (cell) => (state.group < 0 || cell[GROUP] === state.group) && (state.service < 0 || cell[SERVICE] === state.service);
  const cells = () => data.cells.filter(chosen);
  const amount = (cell) => cell[COSTS][state.kind];

  // Sums per day of one dimension's largest names; the rest is one line of its own, so that the lines add up to the whole.
  function seriesOf(dimension) {
    const position = dimension === "group" ? GROUP : SERVICE;
    const totals = new Map(), days = new Map();
    for (const cell of cells()) {
      const name = cell[position];
      totals.set(name, (totals.get(name) ?? 0) + amount(cell));
      if (!days.has(name)) days.set(name, new Array(data.days.length).fill(0));
      days.get(name)[cell[DAY]] += amount(cell);
    }
    const ordered = [...totals.keys()].sort((a, b) => Math.abs(totals.get(b)) - Math.abs(totals.get(a)));
    const top = ordered.length > TOP + 1 ? ordered.slice(0, TOP) : ordered;
    const series = top.map((name) => ({ name: data.labels[dimension][name], values: days.get(name) }));
    const rest = ordered.slice(top.length);
    if (rest.length) {
      const values = data.days.map((_, day) => rest.reduce((sum, name) => sum + days.get(name)[day], 0));
      series.push({ name: `${rest.length} others`, values });
    }
    return series;
  }

  // Names stand at their lines' ends; where ends are close, the names are moved apart, in the order of the lines.
  function labelsOf(series) {
    const all = series.flatMap((each) => each.values);
    const gap = ((Math.max(0, ...all) - Math.min(0, ...all)) / CHART_HEIGHT) * MINIMUM_GAP;
    const last = data.days.length - 1;
    const narrow = byId("spend").clientWidth < NARROW;
    const cut = (full) => {
      const name = full.replace(/^(Amazon|AWS) /, "");
      return narrow && name.length > NARROW_NAME ? `${name.slice(0, NARROW_NAME - 1)}…` : name;
    };
    const labels = series.map((each, slot) => ({ day: midnight(last), slot, name: cut(each.name), at: each.values[last] })).sort((a, b) => a.at - b.at);
    for (let index = 1; index < labels.length; index += 1) labels[index].at = Math.max(labels[index].at, labels[index - 1].at + gap);
    return labels;
  }

  async function draw(id, spec, datasets = {}) {
    if (charts[id]) {
      Object.entries(datasets).forEach(([name, values]) => charts[id].data(name, values));
      await charts[id].runAsync();
      return;
    }
    const options = { actions: false, renderer: "svg", ast: true };
    const made = await window.vegaEmbed(byId(id), { ...spec, datasets }, options);
    charts[id] = made.view;
  }

  function dayTable(id, series) {
    const head = element("tr", {}, element("th", { scope: "col", textContent: "day" }));
    series.forEach((each) => head.append(element("th", { scope: "col", className: "right", textContent: each.name })));
    const rows = data.days.map((day, index) => {
      const row = element("tr", {}, element("th", { scope: "row", textContent: day }));
      series.forEach((each) => row.append(element("td", { className: "right", textContent: figure(each.values[index]) })));
      return row;
    });
    const table = byId(id);
    table.tHead.replaceChildren(head);
    table.tBodies[0].replaceChildren(...rows);
  }

  function windowSums(rows) {
    let current = 0, previous = 0;
    for (const row of rows) {
      if (row[WINDOW] === CURRENT) current += amount(row);
      if (row[WINDOW] === PREVIOUS) previous += row[EQUAL_DAYS][state.kind];
    }
    return [current, data.hasPrevious ? previous : null];
  }

  function showTotal() {
    const rows = cells(), [current, previous] = windowSums(rows);
    const whole = rows.reduce((sum, cell) => sum + amount(cell), 0);
    const who = [state.group < 0 ? null : data.labels.group[state.group], state.service < 0 ? null : data.labels.service[state.service]].filter(Boolean);
    const change = previous === null ? "" : `, ${signed(current - previous)} (${share(current, previous)}) against ${data.previous} on equal days`;
    byId("filter-total").textContent =
      `${who.length ? who.join(", ") : "Everything"}, ${data.kinds[state.kind].label}: ${figure(current)} ${data.currency} in ${data.current}${change}; ` +
      `${figure(whole)} ${data.currency} in the whole bill.`;
  }

  // Drill-down: team, service, resource. A row's children follow it, hidden until its button is pressed.
  function treeRow(level, key, label, figures, parent, title) {
    const name = element("th", { scope: "row", className: `level-${level}` });
    if (level < 3) {
      const button = element("button", { type: "button", className: "twist" }, element("span", { className: "name", textContent: label }));
      button.dataset.key = key;
      button.setAttribute("aria-expanded", "false");
      name.append(button);
    } else {
      name.append(element("span", { className: "name resource", textContent: label, title: title ?? label }));
    }
    const row = element("tr", { hidden: level > 1 }, name);
    row.dataset.key = key;
    row.dataset.parent = parent;
    const [whole, current, previous] = figures;
    const shown = [figure(current), figure(previous), previous === null ? "unknown" : signed(current - previous), previous === null ? "unknown" : share(current, previous), figure(whole)];
    ["now", "before", "change", "percent", "whole"].forEach((column, index) => row.append(element("td", { className: `right ${column}`, textContent: shown[index] })));
    return row;
  }

  const resourceCosts = (resource) => [resource[5], resource[6], resource[7]].map((costs) => (costs === null ? null : costs[state.kind]));
  const add = (a, b) => a.map((value, index) => (value === null ? null : value + b[index]));
  const none = () => [0, 0, data.hasPrevious ? 0 : null];

  function drillTree() {
    const tree = new Map();
    for (const resource of data.resources) {
      const [group, service] = resource;
      if ((state.group >= 0 && group !== state.group) || (state.service >= 0 && service !== state.service)) continue;
      if (!tree.has(group)) tree.set(group, { costs: none(), services: new Map() });
      const branch = tree.get(group);
      if (!branch.services.has(service)) branch.services.set(service, { costs: none(), resources: [] });
      const leaf = branch.services.get(service), costs = resourceCosts(resource);
      leaf.resources.push({ resource, costs });
      leaf.costs = add(leaf.costs, costs);
      branch.costs = add(branch.costs, costs);
    }
    const largest = (entries) => [...entries].sort((a, b) => Math.abs(b[1].costs[1]) - Math.abs(a[1].costs[1]) || Math.abs(b[1].costs[0]) - Math.abs(a[1].costs[0]));
    const rows = [];
    for (const [group, branch] of largest(tree)) {
      rows.push(treeRow(1, `${group}`, data.labels.group[group], branch.costs, ""));
      for (const [service, leaf] of largest(branch.services)) {
        rows.push(treeRow(2, `${group}/${service}`, data.labels.service[service], leaf.costs, `${group}`));
        const resources = [...leaf.resources].sort((a, b) => a.resource[4] - b.resource[4] || Math.abs(b.costs[1]) - Math.abs(a.costs[1]));
        resources.forEach(({ resource, costs }, index) => {
          rows.push(treeRow(3, `${group}/${service}/${index}`, resource[3], costs, `${group}/${service}`, resource[2]));
        });
      }
    }
    byId("drill").tBodies[0].replaceChildren(...rows);
  }

  function toggle(button) {
    const open = button.getAttribute("aria-expanded") !== "true";
    button.setAttribute("aria-expanded", String(open));
    for (const row of byId("drill").tBodies[0].rows) {
      if (row.dataset.parent === button.dataset.key) row.hidden = !open;
      else if (!open && row.dataset.parent.startsWith(`${button.dataset.key}/`)) row.hidden = true;
      if (!open && row.dataset.parent === button.dataset.key) row.querySelector("button")?.setAttribute("aria-expanded", "false");
    }
  }

  // A cell that a spreadsheet would run as a formula gets an apostrophe before it; figures stay figures.
  function csvCell(value) {
    if (typeof value === "number") return String(value);
    const text = /^[=+\-@\t\r\n]/.test(value) ? `'${value}` : value;
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  }

  function download(name, header, rows) {
    const marked = data.synthetic ? rows.map((row) => [...row, "synthetic"]) : rows;
    const text = [data.synthetic ? [...header, "note"] : header, ...marked].map((row) => row.map(csvCell).join(",")).join("\r\n");
    const link = element("a", { href: URL.createObjectURL(new Blob([`${text}\r\n`], { type: "text/csv" })), download: name });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  function exportDaily() {
    const kinds = data.kinds.map((kind) => kind.id);
    const rows = cells().map((cell) => [data.days[cell[DAY]], data.groups[cell[GROUP]], data.services[cell[SERVICE]], ...cell[COSTS]]);
    download("daily-spend.csv", ["day", data.tag, "service", ...kinds], rows);
  }

  function exportResources() {
    const kinds = data.kinds.map((kind) => kind.id);
    const rows = data.resources
      .filter((row) => (state.group < 0 || row[0] === state.group) && (state.service < 0 || row[1] === state.service))
      .map((row) => [data.groups[row[0]], data.services[row[1]], row[2], ...row[5]]);
    download("resources.csv", [data.tag, "service", "resource", ...kinds], rows);
  }

  // Charts can't be drawn of nothing: a sentence takes their place, and there is nothing to export.
  function showNothing(nothing) {
    const appears = byId("chosen").hidden && !nothing;
    byId("chosen").hidden = nothing;
    byId("nothing").hidden = !nothing;
    for (const id of ["export-daily", "export-resources"]) byId(id).disabled = nothing;
    // A hidden chart has no width; the window may have changed since.
    if (appears) window.dispatchEvent(new Event("resize"));
  }

  async function update() {
    showTotal();
    const nothing = !cells().length;
    showNothing(nothing);
    if (nothing) return;
    drillTree();
    for (const dimension of ["group", "service"]) {
      const series = seriesOf(dimension);
      const lines = series.flatMap((each, slot) => each.values.map((value, day) => ({ day: midnight(day), slot, name: each.name, value })));
      dayTable(`${dimension}-table`, series);
      await draw(`${dimension}-chart`, data.charts.daily, { lines, labels: labelsOf(series) });
    }
  }

  function bind(id, key) {
    byId(id).addEventListener("change", (event) => {
      state[key] = Number(event.target.value);
      update();
    });
  }

  function printable(open) {
    document.querySelectorAll("details").forEach((details) => {
      if (open) {
        details.dataset.open = String(details.open);
        details.open = true;
      } else {
        details.open = details.dataset.open === "true";
      }
    });
  }

  async function start() {
    bind("filter-kind", "kind");
    bind("filter-group", "group");
    bind("filter-service", "service");
    byId("filters").addEventListener("reset", () =>
      setTimeout(() => {
        Object.assign(state, { kind: Number(byId("filter-kind").value), group: -1, service: -1 });
        update();
      }),
    );
    byId("filters").addEventListener("submit", (event) => event.preventDefault());
    byId("drill").addEventListener("click", (event) => {
      const button = event.target.closest("button.twist");
      if (button) toggle(button);
    });
    byId("export-daily").addEventListener("click", exportDaily);
    byId("export-resources").addEventListener("click", exportResources);
    window.addEventListener("beforeprint", () => printable(true));
    window.addEventListener("afterprint", () => printable(false));
    await update();
    if (data.charts.movers) await draw("movers-chart", data.charts.movers);
    for (const [index, spec] of data.charts.spikes.entries()) await draw(`spike-chart-${index}`, spec);
    document.documentElement.dataset.ready = "true";
  }

  start();
})();
