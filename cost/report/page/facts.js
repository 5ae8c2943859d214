// The bill's money: rows by group, service, account and resource, with amounts by slot (a day, or a month) in whole units.
const rows = data.rows;
const COUNT = rows.label.length;
const SCALE = 10 ** rows.decimals;
const EMPTY = [0];
const haystack = rows.resource.map((resource, row) => `${resource} ${rows.detail[row]}`.toLowerCase());
const slotsOf = data.views.map((each) => {
  const inside = new Array(data.slots.day.length).fill(false);
  each.slots.forEach((slot) => (inside[slot] = true));
  return inside;
});
const everySlot = data.slots.day.map(() => true);

// The sum of a series over slots; a series is the first slot's position and its amounts.
function total(series, inside) {
  let sum = 0;
  for (let at = 1, slot = series[0]; at < series.length; at += 1, slot += 1) if (inside[slot]) sum += series[at];
  return sum;
}
const series = (row, kind) => rows.series[rows.days[kind][row]] ?? EMPTY;
const now = (row, kind = state.kind, inside = slotsOf[state.view]) => total(series(row, kind), inside) / SCALE;
const whole = (row, kind = state.kind) => now(row, kind, everySlot);
function before(row, kind = state.kind) {
  if (view().previous === null) return null;
  const found = rows.series[rows.before[kind][row]] ?? EMPTY;
  const at = state.view - found[0] + 1;
  return at > 0 && at < found.length ? found[at] / SCALE : 0;
}

const nameOf = (dimension, row) => data.names[dimension][rows[dimension][row]];

// The rows that the filters leave. The rest of many resources has no id of its own: a search does not find it.
let chosenRows = [];
function choose() {
  const query = state.resource.trim().toLowerCase();
  const wanted = DIMENSIONS.filter((dimension) => state[dimension]).map((dimension) => [rows[dimension], data.names[dimension].indexOf(state[dimension])]);
  chosenRows = [];
  for (let row = 0; row < COUNT; row += 1) {
    if (wanted.some(([column, position]) => column[row] !== position)) continue;
    if (query && (rows.rest[row] || !haystack[row].includes(query))) continue;
    if (series(row, state.kind).length > 1 || series(row, DEFAULT_KIND).length > 1) chosenRows.push(row);
  }
}

const nothing = () => ({ now: 0, before: view().previous === null ? null : 0, whole: 0 });
function add(sums, row) {
  const previous = before(row);
  sums.now += now(row);
  if (previous !== null) sums.before += previous;
  sums.whole += whole(row);
}

// Sums by some key of a row, in the order of their size; the rest of a dimension stays last.
function grouped(key, among = chosenRows) {
  const made = new Map();
  for (const row of among) {
    const name = key(row);
    if (!made.has(name)) made.set(name, { ...nothing(), name, rows: [] });
    made.get(name).rows.push(row);
    add(made.get(name), row);
  }
  return [...made.values()].sort((a, b) => (a.name === "(other)") - (b.name === "(other)") || Math.abs(b.now) - Math.abs(a.now) || Math.abs(b.whole) - Math.abs(a.whole));
}

function sumAll(among = chosenRows) {
  const sums = nothing();
  among.forEach((row) => add(sums, row));
  return sums;
}

// What a chart and its table show: each day up to the window's last one, or, where the bill has only months that far back, each month.
function timeline() {
  const daily = view().slots.every((slot) => data.slots.daily[slot]);
  const last = Math.max(...view().slots);
  const points = new Map();
  data.slots.day.forEach((day, slot) => {
    if (daily && (!data.slots.daily[slot] || slot > last)) return;
    const name = daily ? day : `${data.slots.period[slot]}-01`;
    points.set(name, [...(points.get(name) ?? []), slot]);
  });
  return { daily, points: [...points.keys()], slots: [...points.values()] };
}

function overTime(among, line) {
  const sums = new Array(data.slots.day.length).fill(0);
  for (const row of among) {
    const found = series(row, state.kind);
    for (let at = 1, slot = found[0]; at < found.length; at += 1, slot += 1) sums[slot] += found[at];
  }
  return line.slots.map((slots) => slots.reduce((sum, slot) => sum + sums[slot], 0) / SCALE);
}
