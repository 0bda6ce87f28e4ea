
"use strict";
(() => {
  const form = document.getElementById("filters");
  const table = document.getElementById("rows");
  if (!table) return;
  const body = table.tBodies[0];
  const rows = [...body.rows].map((element, order) => ({ element, order, text: element.textContent.toLowerCase(), ...element.dataset }));
  const count = document.getElementById("count");
  const empty = document.getElementById("empty");
  const noun = rows.length === 1 ? "finding" : "findings";
  const sorting = { key: "", descending: false };

  const values = () => Object.fromEntries([...new FormData(form)].filter(([, value]) => value));

  function matches(row, wanted) {
    return (!wanted.account || row.account === wanted.account)
      && (!wanted.rule || row.rule === wanted.rule)
      && (!wanted.state || (wanted.state === "failing" ? row.failing : row.state === wanted.state))
      && (!wanted.text || wanted.text.toLowerCase().split(/\s+/).every((word) => row.text.includes(word)));
  }

  function filter() {
    const wanted = values();
    let shown = 0;
    for (const row of rows) {
      const visible = matches(row, wanted);
      row.element.hidden = !visible;
      if (visible) shown += 1;
    }
    count.textContent = shown === rows.length ? `${rows.length} ${noun}` : `${shown} of ${rows.length} ${noun}`;
    empty.hidden = shown > 0;
    table.hidden = shown === 0;
    const hash = new URLSearchParams(wanted).toString();
    history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search);
  }

  function compare(one, other) {
    if (!sorting.key) return one.order - other.order;
    const [left, right] = [one[sorting.key], other[sorting.key]];
    // Findings without a date come last, whichever way the dates are sorted.
    if (!left !== !right) return left ? -1 : 1;
    const way = sorting.descending ? -1 : 1;
    return way * left.localeCompare(right, "en", { numeric: true }) || one.order - other.order;
  }

  function sort(key, descending) {
    Object.assign(sorting, { key, descending });
    rows.sort(compare);
    body.append(...rows.map((row) => row.element));
    for (const header of table.tHead.rows[0].cells) {
      if (header.dataset.sort === key) header.setAttribute("aria-sort", descending ? "descending" : "ascending");
      else header.removeAttribute("aria-sort");
    }
  }

  for (const header of table.tHead.rows[0].cells) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = header.textContent;
    button.addEventListener("click", () => {
      const key = header.dataset.sort;
      sort(key, sorting.key === key && !sorting.descending);
      form.elements.sort.value = key;
    });
    header.replaceChildren(button);
  }

  for (const [name, value] of new URLSearchParams(location.hash.slice(1))) {
    const field = form.elements.namedItem(name);
    if (field) field.value = value;
  }
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", (event) => {
    if (event.target.name === "sort") sort(event.target.value, false);
    filter();
  });
  form.addEventListener("reset", () => setTimeout(() => { sort("", false); filter(); }));
  form.hidden = false;
  if (form.elements.sort.value) sort(form.elements.sort.value, false);
  filter();
})();
