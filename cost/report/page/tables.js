// Every table: sorted by its headings, filtered by what its rows are of, exported as csv.
const RENDERED = new Map(); // table id -> the function that draws its rows anew, for those that are made of the facts

// A cell that a spreadsheet would run as a formula gets an apostrophe before it; figures stay figures.
function csvCell(value) {
  if (typeof value === "number") return String(value);
  const text = /^[=+\-@\t\r\n]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function download(name, header, lines) {
  const marked = data.synthetic ? lines.map((line) => [...line, "synthetic"]) : lines;
  const text = [data.synthetic ? [...header, "note"] : header, ...marked].map((line) => line.map(csvCell).join(",")).join("\r\n");
  const link = element("a", { href: URL.createObjectURL(new Blob([`${text}\r\n`], { type: "text/csv" })), download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

const headings = (table) => [...(table.tHead.rows[0]?.cells ?? [])];
const titleOf = (heading) => heading.dataset.title ?? heading.textContent;
const valueOf = (cell) => (cell.dataset.value === undefined ? (cell.dataset.full ?? cell.textContent) : Number(cell.dataset.value));

function exportTable(table) {
  const shown = [...table.tBodies[0].rows].filter((row) => !row.hidden);
  download(`${table.id}.csv`, headings(table).map(titleOf), shown.map((row) => [...row.cells].map(valueOf)));
}

function cell(given, heading) {
  const kind = heading.dataset.kind, value = given?.text ?? given;
  const made = element("td", { className: kind === "text" ? "" : "right", textContent: value === "" ? "" : FORMATS[kind](value) });
  made.dataset.label = titleOf(heading);
  if (typeof value === "number") made.dataset.value = String(value);
  if (given?.full && value.endsWith("…")) {
    made.title = printable(given.full.slice(0, 200));
    made.dataset.full = given.full;
  }
  return made;
}

// Rows made of the facts: { cells, rest }.
function fill(table, lines) {
  const columns = headings(table);
  table.tBodies[0].replaceChildren(
    ...lines.map((line) => {
      const row = element("tr", { className: line.rest ? "rest" : "" });
      row.append(...line.cells.map((value, at) => cell(value, columns[at])));
      return row;
    }),
  );
  sortRows(table);
}

function compare(a, b) {
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a === "number") return 1;
  if (typeof b === "number") return -1;
  return a.localeCompare(b, "en", { numeric: true });
}

function sortRows(table) {
  const chosen = state.sort.get(table.id);
  if (!chosen || table.id === "drill") return;
  const [column, descending] = chosen;
  const body = table.tBodies[0];
  if (!headings(table)[column]) return;
  const keyed = [...body.rows].map((row) => ({ row, last: row.classList.contains("rest"), key: valueOf(row.cells[column]) }));
  keyed.sort((a, b) => a.last - b.last || compare(a.key, b.key) * (descending ? -1 : 1));
  body.append(...keyed.map((each) => each.row));
}

// Headings are buttons; on a phone they stand above the rows as the choice of what to sort by.
function dressHeading(table, heading, column) {
  const title = heading.textContent;
  heading.dataset.title = title;
  const button = element("button", { type: "button", className: "sort", textContent: title || "name" });
  button.addEventListener("click", () => sortBy(table, column, heading.dataset.kind !== "text"));
  heading.replaceChildren(button);
}

function sortBy(table, column, numeric) {
  const chosen = state.sort.get(table.id);
  const again = chosen?.[0] === column;
  state.sort.set(table.id, [column, again ? !chosen[1] : numeric]);
  showOrder(table);
  if (table.id === "drill") RENDERED.get("drill")();
  else sortRows(table);
  writeHash();
}

function showOrder(table) {
  const chosen = state.sort.get(table.id);
  headings(table).forEach((heading, column) => {
    if (chosen?.[0] === column) heading.setAttribute("aria-sort", chosen[1] ? "descending" : "ascending");
    else heading.removeAttribute("aria-sort");
  });
}

function dress(table) {
  headings(table).forEach((heading, column) => dressHeading(table, heading, column));
  showOrder(table);
  const box = table.closest(".table");
  if (box.querySelector(".csv") || table.id === "drill") return;
  const button = element("button", { type: "button", className: "csv", textContent: "csv", title: `Export this table: ${table.caption.textContent}` });
  button.setAttribute("aria-label", `Export as csv: ${table.caption.textContent}`);
  button.addEventListener("click", () => exportTable(table));
  box.prepend(button);
}

// A row, a spike or a recommendation is shown where it is of what was chosen; a filter that it has no word on does not hide it.
function obeys(item) {
  if (DIMENSIONS.some((dimension) => state[dimension] && item.dataset[dimension] !== undefined && item.dataset[dimension] !== state[dimension])) return false;
  const query = state.resource.trim().toLowerCase();
  return !query || item.dataset.resource === undefined || item.dataset.resource.toLowerCase().includes(query);
}

// A table that can't follow a filter says so under it, so that nobody reads it as filtered.
function filterTables() {
  for (const table of document.querySelectorAll("main table")) {
    const follows = table.dataset.follows.split(" ");
    if (!RENDERED.has(table.id)) for (const row of table.tBodies[0].rows) row.hidden = !obeys(row);
    const box = table.closest(".table"), note = box.querySelector(".scope"), not = active().filter((name) => !follows.includes(name));
    if (!note) continue;
    const none = table.tBodies[0].rows.length && ![...table.tBodies[0].rows].some((row) => !row.hidden);
    const parts = [none ? "Nothing here for this choice." : "", not.length ? `Not filtered by ${not.map((name) => FILTER_NAMES[name]).join(", ")}.` : ""];
    note.textContent = parts.filter(Boolean).join(" ");
    note.hidden = !note.textContent;
  }
  for (const item of document.querySelectorAll(".block")) item.hidden = !obeys(item);
}

// Only what really scrolls is a stop of the Tab key.
function markScrolling() {
  for (const box of document.querySelectorAll(".scroll")) {
    if (box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 1) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
}
