// The page: asks for everything once, then follows the feed. Texts become text nodes, never markup.
"use strict";

const KEPT = 1000;           // exchanges in memory
const STEP = 50;             // rows in the table, and by which it grows
const BINS = 48;             // of the charts
const POLL_MS = 5000;        // without a feed
const NEAR = 0.8;            // of a budget

const rows = new Map();      // id -> exchange, oldest first
let ledger = [], budgets = [], log = {}, spans = null, viewer = {};
let filter = "all", wanted = "", drawn = STEP, paused = false, waiting = false;
const fresh = new Set();

const byId = (id) => document.getElementById(id);

function el(name, attributes, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes || {})) if (value !== false && value != null) made.setAttribute(key, value);
  made.append(...children.filter((child) => child != null && child !== ""));
  return made;
}

function svg(name, attributes, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

// --- words

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });
const percent = (share) => share == null ? "" : (100 * share).toFixed(share > 0.995 && share < 1 ? 1 : 0) + " %";

function money(usd) {
  if (usd == null) return "";
  if (usd === 0) return "$0";
  return "$" + usd.toLocaleString("en", { minimumFractionDigits: 2, maximumFractionDigits: usd < 0.1 ? 4 : 2 });
}

function amount(value, unit) { return unit === "usd" ? money(value) : short.format(value); }

function took(ms) {
  if (ms < 1000) return ms + " ms";
  if (ms < 120e3) return (ms / 1000).toFixed(ms < 9950 ? 1 : 0) + " s";
  return ms < 7200e3 ? Math.round(ms / 60e3) + " min" : (ms / 3600e3).toFixed(1) + " h";
}

function clock(ts, day) {
  const at = new Date(ts);
  const time = at.toLocaleTimeString("en-GB");
  return day && Date.now() - ts > 20 * 3600e3 ? at.toLocaleDateString("en-CA") + " " + time : time;
}

// --- what is shown of it

const TESTS = {
  all: () => true,
  marked: (row) => row.marks.length > 0 || row.pins > 0,
  edited: (row) => row.edits > 0,
  refused: (row) => /^(ban|warn|budget|refused)/.test(row.decision),
  broken: (row) => !row.whole || row.status >= 500,
};

function shown() {
  const found = [];
  for (const row of [...rows.values()].reverse()) {
    const text = [row.user, row.client, row.model, row.served, row.upstream, row.decision, row.status].join(" ").toLowerCase();
    if (TESTS[filter](row) && text.includes(wanted)) found.push(row);
  }
  return found;
}

function status(row) {
  if (row.running) return el("span", { class: "status run" }, "running");
  const kind = row.whole || row.ended === "refused" ? "s" + Math.floor(row.status / 100) : "cut";
  return el("span", { class: "status " + kind }, String(row.status || "none"));
}

function tags(row) {
  const made = row.marks.map((mark) => el("span", { class: "tag mark" }, "mark " + mark));
  if (row.pins) made.push(el("span", { class: "tag mark" }, "left the template"));
  if (row.edits) made.push(el("span", { class: "tag edit" }, row.edits === 1 ? "1 edit" : row.edits + " edits"));
  const refused = /^(ban|budget|refused|warn)/.test(row.decision);
  if (row.decision && row.decision !== "pass") made.push(el("span", { class: refused ? "tag warn" : "tag" }, row.decision));
  if (!row.whole && row.ended !== "refused") made.push(el("span", { class: "tag warn" }, row.ended));
  return el("div", { class: "tags" }, ...made);
}

function cell(name, content, kind, under) {
  const blank = content === "" || content == null;
  const made = el("td", { class: [kind || "", blank ? "blank" : ""].join(" ").trim() || null, "data-name": name }, content);
  if (under) made.append(el("span", { class: "sub" }, under));
  return made;
}

function drawRow(row) {
  const link = el("a", { href: "/ui/exchange/" + encodeURIComponent(row.id), title: row.target }, clock(row.ts, true));
  const state = [row.marks.length || row.pins ? "marked" : "", fresh.has(row.id) ? "fresh" : ""].join(" ").trim();
  return el("tr", { class: state || null, "data-id": row.id },
    cell(null, link), cell(null, row.user), cell(null, row.client), cell(null, row.model, "", row.served && "by " + row.served),
    cell("in", row.input ? short.format(row.input) : "", "num"), cell("cached", percent(row.share), "num"),
    cell("out", row.output ? short.format(row.output) : "", "num"), cell("cost", money(row.cost), "num"),
    cell("took", row.running ? "" : took(row.ms), "num"), cell(null, status(row)), cell(null, tags(row)));
}

function drawRows() {
  const found = shown();
  const active = document.activeElement && document.activeElement.closest("#rows tr");
  const focused = active && active.dataset.id;
  document.querySelector("#rows tbody").replaceChildren(...found.slice(0, drawn).map(drawRow));
  byId("more").hidden = found.length <= drawn;
  byId("more-said").textContent = drawn + " of " + found.length;
  fresh.clear();
  if (focused) { const again = document.querySelector('#rows tr[data-id="' + CSS.escape(focused) + '"] a'); if (again) again.focus(); }
  byId("rows").hidden = found.length === 0;
  const none = byId("no-rows");
  none.hidden = found.length > 0;
  none.textContent = rows.size
    ? "None of the last " + rows.size + " exchanges is like that."
    : "No exchange yet. Point an agent here and it shows up: wiretell run -- claude, or ANTHROPIC_BASE_URL=" + location.origin + " claude.";
}

// --- numbers and charts, of the exchanges in memory

function tile(name, value, under, hot) {
  return el("div", { class: hot ? "hot" : null }, el("dt", {}, name), el("dd", {}, value, el("small", {}, under || "")));
}

function sums(some) {
  const sum = { cost: 0, input: 0, cached: 0, output: 0, marked: 0, edits: 0, running: 0, refused: 0, says: false };
  for (const row of some) {
    sum.cost += row.cost || 0; sum.output += row.output; sum.edits += row.edits;
    if (row.share != null) { sum.input += row.input; sum.cached += row.cached; sum.says = true; }
    sum.marked += row.marks.length > 0; sum.running += row.running; sum.refused += row.ended === "refused";
  }
  sum.share = sum.says && sum.input ? sum.cached / sum.input : null;
  return sum;
}

function drawTiles() {
  const all = [...rows.values()], sum = sums(all);
  const since = all.length ? "since " + clock(all[0].ts, true) : "";
  byId("tiles").replaceChildren(
    tile("Exchanges", whole.format(all.length), since),
    tile("Cost", money(sum.cost), short.format(sum.output) + " tokens out"),
    tile("Cache share", percent(sum.share) || "none", sum.says ? short.format(sum.cached) + " of " + short.format(sum.input) + " tokens in" : "no response said so"),
    tile("Marked", whole.format(sum.marked), sum.marked ? "requests with a covert mark" : "no covert mark seen", sum.marked > 0),
    tile("Edits", whole.format(sum.edits), sum.edits ? "places, all in the ledger" : "nothing was changed"),
    tile("Running", whole.format(sum.running), sum.refused ? sum.refused + " refused" : "none refused"));
}

function bins() {
  const all = [...rows.values()].filter((row) => !row.running);
  if (all.length < 2) return null;
  const from = all[0].ts, to = Math.max(...all.map((row) => row.ts)) + 1;
  const made = Array.from({ length: BINS }, () => []);
  for (const row of all) made[Math.max(0, Math.min(BINS - 1, Math.floor((row.ts - from) / (to - from) * BINS)))].push(row);
  return { from, to, sums: made.map(sums) };
}

function plot(id, label, children) {
  byId(id).replaceChildren(svg("svg", { viewBox: "0 0 " + BINS * 10 + " 100", preserveAspectRatio: "none", role: "img", "aria-label": label }, ...children));
}

function axis(id, from, to) { byId(id).replaceChildren(el("span", {}, clock(from, true)), el("span", {}, clock(to, true))); }

function drawCharts() {
  const made = bins();
  for (const kind of ["cost", "share"]) if (!made) {
    byId(kind + "-chart").replaceChildren(el("p", { class: "empty" }, "Two exchanges make a line."));
    byId(kind + "-axis").replaceChildren();
    byId(kind + "-sum").textContent = "";
  }
  if (!made) return;
  const most = Math.max(...made.sums.map((bin) => bin.cost));
  const total = sums([...rows.values()]);
  byId("cost-sum").textContent = most ? "at most " + money(most) + " in " + took(Math.round((made.to - made.from) / BINS)) : "nothing was charged";
  plot("cost-chart", "Cost over time: " + money(total.cost) + " in all", made.sums.map((bin, at) => {
    const height = most ? Math.max(bin.cost ? 2 : 0, 96 * bin.cost / most) : 0;
    return svg("rect", { class: "bars", x: at * 10 + 1, y: 100 - height, width: 8, height, rx: 1 }, svg("title", {}, document.createTextNode(money(bin.cost))));
  }));
  axis("cost-axis", made.from, made.to);
  drawShare(made, total);
}

function drawShare(made, total) {
  byId("share-sum").textContent = total.share == null ? "no response said so" : percent(total.share) + " in all";
  const known = made.sums.map((bin, at) => [at * 10 + 5, bin.share]).filter(([, share]) => share != null);
  const points = known.map(([x, share]) => [x, 100 - 96 * share]);
  const line = points.map(([x, y], at) => (at ? "L" : "M") + x + " " + y.toFixed(1)).join(" ");
  const parts = [4, 52].map((y) => svg("line", { class: "grid", x1: 0, x2: BINS * 10, y1: y, y2: y }));
  if (points.length) {
    parts.push(svg("path", { class: "area", d: line + " L" + points[points.length - 1][0] + " 100 L" + points[0][0] + " 100 Z" }));
    parts.push(svg("path", { class: "curve", d: points.length > 1 ? line : line + " h6" }));
  }
  plot("share-chart", "Share of input tokens that came of a prompt cache, over time; the dashed lines are 50 and 100 percent", parts);
  axis("share-axis", made.from, made.to);
}

// --- budgets, log, ledger

function drawBudgets() {
  byId("budgets").replaceChildren(...budgets.slice(0, 40).map((bar) => {
    const spent = el("i", {}), held = el("i", { class: "held" });
    spent.style.width = Math.min(100, 100 * (bar.limit ? bar.spent / bar.limit : 1)) + "%";
    held.style.width = Math.min(100, 100 * bar.share) + "%";
    const state = bar.share >= 1 ? "spent" : bar.share >= NEAR ? "near" : null;
    const said = amount(bar.spent, bar.unit) + (bar.reserved ? " + " + amount(bar.reserved, bar.unit) + " held" : "") + " of " + amount(bar.limit, bar.unit) + (bar.unit === "usd" ? "" : " " + bar.unit) + " a " + bar.per;
    return el("li", { class: state },
      el("div", { class: "top" }, el("span", {}, el("strong", {}, bar.who), " ", el("span", { class: "dim" }, bar.budget)), el("strong", {}, percent(bar.share))),
      el("div", { class: "track", role: "img", "aria-label": percent(bar.share) + " used" }, held, spent),
      el("span", { class: "sub" }, said + ", since " + bar.starts));
  }));
  byId("budgets").hidden = budgets.length === 0;
  byId("no-budgets").hidden = budgets.length > 0;
}

function fact(name, value, kind) { return el("div", { class: kind || null }, el("dt", {}, name), el("dd", {}, value)); }

function drawLog() {
  const facts = [fact("Recorded", whole.format(log.recorded)), fact("On the way", whole.format(log.queued)), fact("Spilled", whole.format(log.spilled)), fact("Lost", whole.format(log.dropped), log.dropped ? "bad" : "")];
  if (spans) facts.push(fact("Spans sent", whole.format(spans.sent)), fact("Spans lost", whole.format(spans.lost), spans.failing ? "bad" : ""));
  if (spans && spans.failing) facts.push(fact("Collector", "takes no spans now; the log has all", "bad long"));
  if (log.failing) facts.push(fact("Failing", log.failing, "bad long"));
  for (const [name, value] of log.fields) facts.push(fact(name, value));
  if (log.head) facts.push(fact("Last hash of the chain", el("code", {}, log.head), "long"));
  byId("log").replaceChildren(...facts);
  const pill = byId("log-pill"), bad = log.failing || log.dropped;
  const said = log.failing ? "log is failing" : log.dropped ? whole.format(log.dropped) + " exchanges lost" : "recording, 0 lost";
  if (pill.textContent !== said) pill.textContent = said;
  pill.className = "pill " + (bad ? "bad" : "ok");
}

function drawLedger() {
  document.querySelector("#ledger tbody").replaceChildren(...ledger.slice(0, 50).map((entry) => el("tr", {},
    cell(null, el("a", { href: "/ui/exchange/" + encodeURIComponent(entry.id) }, "…" + entry.id.slice(-8))),
    cell(null, entry.rule), cell(null, el("code", {}, entry.path || "byte " + entry.offset)),
    cell("before", el("code", {}, entry.before || "nothing")), cell("after", el("code", {}, entry.after || "nothing")))));
  byId("ledger").hidden = ledger.length === 0;
  byId("no-ledger").hidden = ledger.length > 0;
}

function draw() {
  waiting = false;
  if (!paused) { drawRows(); drawTiles(); drawCharts(); }
}

function drawSoon() {
  if (!waiting) { waiting = true; setTimeout(draw, 250); }
}

// --- where it comes from

function take(row) {
  rows.set(row.id, row);     // one that ended stays where it began
  if (rows.size > KEPT) rows.delete(rows.keys().next().value);
}

function takeState(state) {
  log = state.log; spans = state.spans; budgets = state.budgets; viewer = state.viewer;
  drawLog(); drawBudgets();
}

function trouble(sentence) {
  const said = byId("trouble");
  said.textContent = sentence;
  said.hidden = !sentence;
}

async function load() {
  const response = await fetch("/ui/data.json");
  if (response.status === 401) { location.href = "/ui/sign-in"; return; }
  if (!response.ok) throw new Error("status " + response.status);
  const data = await response.json();
  rows.clear();
  data.rows.forEach(take);
  ledger = data.ledger;
  takeState(data); drawLedger(); draw();
  trouble("");
}

async function loadAgain() {
  try { await load(); } catch { trouble("The gateway does not answer. What is shown is what was known; this page tries again by itself."); }
}

let again = null;
async function loadLedgerSoon() {
  if (again) return;
  again = setTimeout(async () => {
    again = null;
    try { ledger = (await (await fetch("/ui/data.json")).json()).ledger; drawLedger(); } catch { /* the feed says so */ }
  }, 2000);
}

function follow() {
  const feed = new EventSource("/ui/events");
  let polls = null;
  feed.addEventListener("open", () => { trouble(""); clearInterval(polls); polls = null; });
  feed.addEventListener("row", (event) => {
    const row = JSON.parse(event.data);
    take(row); fresh.add(row.id); drawSoon();
    if (row.edits && !row.running) loadLedgerSoon();
  });
  feed.addEventListener("state", (event) => takeState(JSON.parse(event.data)));
  feed.addEventListener("error", () => { if (!polls) polls = setInterval(loadAgain, POLL_MS); });
}

for (const button of document.querySelectorAll("[data-filter]")) button.addEventListener("click", () => {
  filter = button.dataset.filter;
  drawn = STEP;
  for (const other of document.querySelectorAll("[data-filter]")) other.setAttribute("aria-pressed", String(other === button));
  drawRows();
});
byId("find").addEventListener("input", (event) => { wanted = event.target.value.trim().toLowerCase(); drawRows(); });
byId("more").querySelector("button").addEventListener("click", () => { drawn += STEP; drawRows(); });
byId("pause").addEventListener("click", () => {
  paused = !paused;
  byId("pause").setAttribute("aria-pressed", String(paused));
  byId("pause").textContent = paused ? "Paused" : "Pause";
  draw();
});
loadAgain().then(follow);
