"use strict";
/* Sorting, filtering and paging. All text of the log reaches the page as text, never as markup. */
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const PAGE = 100;
  const $ = (id) => document.getElementById(id);
  const make = (tag, text, name) => {
    const node = document.createElement(tag);
    if (text !== undefined) node.textContent = text;
    if (name) node.className = name;
    return node;
  };
  const number = (count) => count.toLocaleString("en-US");
  const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
  const fact = (item) => data.patterns[item[3]].split("\u0001").map((part, n) => part + (n + 4 < item.length ? item[n + 4] : "")).join("");

  const sortable = (cell, toggle) => {
    const button = make("button", cell.textContent);
    button.type = "button";
    cell.replaceChildren(button);
    button.addEventListener("click", () => {
      const down = cell.getAttribute("aria-sort") === "ascending";
      for (const other of cell.parentNode.children) other.removeAttribute("aria-sort");
      cell.setAttribute("aria-sort", down ? "descending" : "ascending");
      toggle(down ? -1 : 1);
    });
  };

  /* campaigns: rows are in the page */
  const campaigns = () => {
    const body = $("campaign-table").tBodies[0];
    const rows = [...body.rows];
    const cards = new Map([...document.querySelectorAll(".card")].map((card) => [card.dataset.id, card]));
    const value = (row, column, kind) => {
      const cell = row.cells[column];
      const text = cell.dataset.value ?? cell.textContent;
      return kind === "number" ? Number(text) : text;
    };
    [...$("campaign-table").tHead.rows[0].cells].forEach((cell, column) => sortable(cell, (sign) => {
      const kind = cell.dataset.sort;
      rows.sort((a, b) => sign * compare(value(a, column, kind), value(b, column, kind)));
      body.append(...rows);
    }));
    const holders = new Map();
    for (const row of data.rows) {
      const id = data.campaigns[row[2]][0];
      if (!holders.has(id)) holders.set(id, []);
      holders.get(id).push(row[0].toLowerCase());
    }
    const tools = $("campaign-tools");
    const apply = () => {
      const text = tools.elements.text.value.trim().toLowerCase();
      let shown = 0;
      for (const row of rows) {
        const { id, kind, tier } = row.dataset;
        const named = !text || `${id} ${kind} ${tier}`.toLowerCase().includes(text) || (holders.get(id) ?? []).some((name) => name.includes(text));
        const fits = named && (!tools.elements.tier.value || tools.elements.tier.value === tier) && (!tools.elements.kind.value || tools.elements.kind.value === kind);
        row.hidden = !fits;
        if (cards.has(id)) cards.get(id).hidden = !fits;
        shown += fits;
      }
      tools.elements.count.value = shown === rows.length ? "" : `${number(shown)} of ${number(rows.length)}`;
    };
    tools.addEventListener("input", apply);
    tools.addEventListener("submit", (event) => event.preventDefault());
    tools.hidden = false;
  };

  /* accounts: rows are made as they are shown */
  const accounts = () => {
    const tools = $("account-tools");
    const body = $("account-table").tBodies[0];
    const [back, forth] = document.querySelectorAll(".pager button");
    let fitting = data.rows;
    let from = 0;
    let order = null;

    const reasons = (row) => {
      const list = make("ul", undefined, "why");
      const shared = data.campaigns[row[2]][1];
      for (const item of [...row[4]].sort((a, b) => b[1] - a[1])) {
        const line = make("li");
        line.append(make("i", undefined, `dot k-${data.kinds[item[0]]}`), make("b", data.titles[item[0]][shared]));
        if (item[1] > 0) {
          const told = fact(item);
          const without = row[6]?.[item[0]] ?? row[3] - item[1];
          line.append(told ? `: ${told} ` : " ");
          line.append(make("span", `${item[1].toFixed(1)} bits; by chance ${data.chances[item[2]]}; without it ${without.toFixed(1)} bits.`, "dim"));
          line.append(make("span", `What would clear it: ${data.clears[item[0]][shared]}.`, "clear"));
        } else {
          line.append(make("span", `: the account could show this and does not (${item[1].toFixed(1)} bits).`, "dim"));
        }
        list.append(line);
      }
      if (!row[4].length) list.append(make("li", "Its reasons stand in the JSON document; wiretell hunt explain tells them."));
      return list;
    };

    const line = (row, nth) => {
      const tr = make("tr");
      const button = make("button", row[0]);
      button.type = "button";
      button.setAttribute("aria-expanded", "false");
      const name = make("td");
      name.append(button);
      const tier = make("td");
      tier.append(make("span", data.tiers[row[1]], `tag tier t-${data.tiers[row[1]]}`));
      const shows = make("td", undefined, "shows");
      for (const item of row[4]) {
        if (item[1] > 0) shows.append(make("i", undefined, `dot k-${data.kinds[item[0]]}`), `${data.kinds[item[0]]} `);
      }
      const also = (row[5] || []).map((place) => data.campaigns[place][0]);
      tr.append(name, make("td", [data.campaigns[row[2]][0], ...also].join(", ")), tier, make("td", row[3].toFixed(1), "num"), shows);
      button.addEventListener("click", () => {
        const open = button.getAttribute("aria-expanded") === "true";
        button.setAttribute("aria-expanded", String(!open));
        if (open) {
          tr.nextSibling.remove();
        } else {
          const cell = make("td");
          cell.colSpan = 5;
          cell.append(reasons(row));
          const under = make("tr", undefined, "why-row");
          under.append(cell);
          tr.after(under);
        }
      });
      return tr;
    };

    const show = () => {
      const shown = fitting.slice(from, from + PAGE);
      body.replaceChildren(...shown.map(line));
      back.disabled = from === 0;
      forth.disabled = from + PAGE >= fitting.length;
      back.parentNode.querySelector("span").textContent = fitting.length ? `${number(from + 1)} to ${number(from + shown.length)}` : "none";
      const all = data.rows.length;
      tools.elements.count.value = fitting.length === all ? `${number(all)} in all` : `${number(fitting.length)} of ${number(all)}`;
    };

    const apply = () => {
      const text = tools.elements.text.value.trim().toLowerCase();
      const { campaign, tier, kind } = Object.fromEntries(["campaign", "tier", "kind"].map((name) => [name, tools.elements[name].value]));
      const place = data.kinds.indexOf(kind);
      fitting = data.rows.filter((row) =>
        (!text || row[0].toLowerCase().includes(text)) &&
        (campaign === "" || row[2] === Number(campaign) || (row[5] || []).includes(Number(campaign))) &&
        (!tier || data.tiers[row[1]] === tier) &&
        (place < 0 || row[4].some((item) => item[0] === place && item[1] > 0)));
      if (order) fitting.sort((a, b) => order[1] * compare(a[order[0]], b[order[0]]));
      from = 0;
      show();
    };

    for (const cell of $("account-table").tHead.rows[0].cells) {
      if (cell.dataset.key) sortable(cell, (sign) => { order = [Number(cell.dataset.key), sign]; apply(); });
    }
    data.campaigns.forEach(([id], place) => {
      const option = make("option", id);
      option.value = String(place);
      tools.elements.campaign.append(option);
    });
    for (const button of [back, forth]) {
      button.addEventListener("click", () => {
        from += PAGE * Number(button.dataset.step);
        show();
        $("account-table").scrollIntoView({ block: "start" });
      });
    }
    for (const button of document.querySelectorAll(".to-accounts button")) {
      button.parentNode.hidden = false;
      button.addEventListener("click", () => {
        tools.elements.campaign.value = String(data.campaigns.findIndex(([id]) => id === button.dataset.campaign));
        tools.elements.text.value = tools.elements.tier.value = tools.elements.kind.value = "";
        apply();
        $("accounts").scrollIntoView();
        tools.elements.text.focus({ preventScroll: true });
      });
    }
    tools.addEventListener("input", apply);
    tools.addEventListener("submit", (event) => event.preventDefault());
    $("accounts").hidden = false;
    apply();
  };

  /* in print all is unfolded, and folds again after it */
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open])")];
    for (const fold of opened) fold.open = true;
  });
  addEventListener("afterprint", () => opened.forEach((fold) => { fold.open = false; }));

  if (data.rows.length) {
    document.documentElement.classList.add("js");
    campaigns();
    accounts();
  }
})();
