
"use strict";
(() => {
  const open = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target && target.tagName === "DETAILS") {
      target.hidden = false;
      target.open = true;
      target.scrollIntoView();
    }
  };
  addEventListener("hashchange", open);
  open();
  // On paper, what is folded away would be lost.
  const folded = [];
  addEventListener("beforeprint", () => {
    for (const panel of document.querySelectorAll("details.panel:not([open])")) { panel.open = true; folded.push(panel); }
  });
  addEventListener("afterprint", () => { for (const panel of folded.splice(0)) panel.open = false; });

  const form = document.getElementById("filters");
  if (!form) return;
  const cases = [...document.querySelectorAll("#cases > details")].map((element) => ({ element, text: element.textContent.toLowerCase(), ...element.dataset }));
  const count = document.getElementById("count");
  const empty = document.getElementById("empty");
  function filter() {
    const wanted = Object.fromEntries(new FormData(form));
    const words = wanted.text.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const each of cases) {
      const visible = ["candidate", "pattern", "severity"].every((key) => !wanted[key] || each[key] === wanted[key])
        && words.every((word) => each.text.includes(word));
      each.element.hidden = !visible;
      if (visible) shown += 1;
    }
    count.textContent = shown === cases.length ? `${shown} ${shown === 1 ? "case" : "cases"} shown` : `${shown} of ${cases.length} cases shown`;
    empty.hidden = shown > 0;
  }
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", filter);
  form.addEventListener("reset", () => setTimeout(filter));
  form.hidden = false;
})();
