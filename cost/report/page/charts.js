// Charts by Vega: lines over time by each dimension, the movers' bars, and those that do not follow the filters.
const TOP = 5, MINIMUM_GAP = 18, CHART_HEIGHT = 260, NARROW = 480, NARROW_NAME = 14, BAR = 56, LABEL = 22, CHARACTER = 7.5, TELLING = 0.02, FORTNIGHT = 14;
const charts = {};
// A bare date would be read as UTC and shown as the day before west of it.
const midnight = (day) => `${day}T00:00:00`;

// The largest names' lines; the rest is one line of its own, so that the lines add up to the whole.
function linesOf(dimension, line) {
  const groups = grouped((row) => nameOf(dimension, row));
  const ordered = groups.sort((a, b) => Math.abs(b.whole) - Math.abs(a.whole));
  const top = ordered.length > TOP + 1 ? ordered.slice(0, TOP) : ordered;
  const made = top.map((each) => ({ name: label(dimension, each.name), values: overTime(each.rows, line) }));
  const rest = ordered.slice(top.length);
  if (rest.length) made.push({ name: `${rest.length} others`, values: overTime(rest.flatMap((each) => each.rows), line) });
  return made;
}

// Names stand at their lines' ends; where ends are close, the names are moved apart, in the order of the lines.
function endsOf(lines, points) {
  const all = lines.flatMap((each) => each.values);
  const gap = ((Math.max(0, ...all) - Math.min(0, ...all)) / CHART_HEIGHT) * MINIMUM_GAP;
  const last = points.length - 1;
  const narrow = byId("spend").clientWidth < NARROW;
  const cut = (full) => {
    const name = full.replace(/^(Amazon|AWS) /, "");
    return narrow && name.length > NARROW_NAME ? `${name.slice(0, NARROW_NAME - 1)}…` : name;
  };
  const ends = lines.map((each, slot) => ({ day: midnight(points[last]), slot, name: cut(each.name), at: each.values[last] })).sort((a, b) => a.at - b.at);
  for (let index = 1; index < ends.length; index += 1) ends[index].at = Math.max(ends[index].at, ends[index - 1].at + gap);
  return ends;
}

async function embed(id, spec) {
  charts[id]?.finalize();
  const made = await window.vegaEmbed(byId(id), spec, { actions: false, renderer: "svg", ast: true });
  charts[id] = made;
}

async function drawLines(dimension) {
  const line = timeline(), id = `${dimension}-chart`, lines = linesOf(dimension, line);
  timeTable(dimension, lines, line);
  for (const grain of byId(`daily-${dimension}`).querySelectorAll(".grain")) grain.textContent = line.daily ? "each day" : "each month";
  const values = lines.flatMap((each, slot) => each.values.map((value, at) => ({ day: midnight(line.points[at]), slot, name: each.name, value })));
  const datasets = { lines: values, labels: endsOf(lines, line.points) };
  const grain = !line.daily ? "month" : line.points.length > FORTNIGHT ? "week" : "day";
  if (charts[id]?.grain !== grain) {
    await embed(id, { ...data.charts.lines[grain], datasets });
    charts[id].grain = grain;
    return;
  }
  Object.entries(datasets).forEach(([name, each]) => charts[id].view.data(name, each));
  await charts[id].view.runAsync();
}

function timeTable(dimension, lines, line) {
  const table = byId(`${dimension}-table`);
  const heading = (text, kind) => {
    const made = element("th", { scope: "col", className: kind === "text" ? "" : "right", textContent: text });
    made.dataset.kind = kind;
    return made;
  };
  const head = element("tr", {}, heading(line.daily ? "day" : "month", "text"), ...lines.map((each) => heading(each.name, "money")));
  table.tHead.replaceChildren(head);
  dress(table);
  fill(table, line.points.map((day, at) => ({ cells: [line.daily ? day : day.slice(0, 7), ...lines.map((each) => each.values[at])] })));
}

function wrapped(text) {
  const lines = [""];
  for (const word of text.slice(0, 80).split(" ")) {
    if (lines.at(-1) && `${lines.at(-1)} ${word}`.length > LABEL) lines.push("");
    lines.push(`${lines.pop()} ${word}`.trim());
  }
  return lines.map((line) => (line.length > LABEL ? `${line.slice(0, LABEL - 1)}…` : line)).slice(0, 3);
}

async function drawMovers(movers) {
  const largest = Math.max(0, ...movers.map((each) => Math.abs(each.change)));
  const told = movers.filter((each) => !each.rest && each.change && Math.abs(each.change) >= TELLING * largest);
  const box = byId("movers-chart");
  box.hidden = !told.length;
  if (!told.length) return;
  const bars = told.map((each, order) => ({
    label: [...wrapped(label("group", each.group)), ...wrapped(label("service", each.service))].slice(0, 3).join("\n"),
    amount: each.change, text: signed(each.change), order,
  }));
  const amounts = bars.map((each) => each.amount);
  const values = { high: Math.max(0, ...amounts), low: Math.min(0, ...amounts), room: CHARACTER * Math.max(...bars.map((each) => each.text.length)) + 10 };
  values.ends = (values.high > 0) + (values.low < 0);
  const spec = structuredClone(data.charts.movers);
  spec.params.forEach((each) => (each.value = values[each.name]));
  // A layer without rows makes Vega warn of an infinite extent.
  spec.layer = spec.layer.filter((_, at) => (at < 2 ? values.high > 0 : values.low < 0));
  await embed("movers-chart", { ...spec, height: BAR * bars.length, datasets: { bars } });
}

// A hidden place has no width: its chart is drawn when it is shown.
async function drawFixed() {
  for (const [id, spec] of Object.entries(data.charts.fixed)) {
    if (!charts[id] && byId(id) && byId(id).clientWidth) await embed(id, spec);
  }
}
