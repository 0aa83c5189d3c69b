"use strict";
// Tables are whole without this: it only sorts, searches, and folds away what is not significant.
for (const frame of document.querySelectorAll("[data-results]")) {
  const body = frame.querySelector("tbody");
  const tools = document.getElementById(frame.dataset.results);
  const search = tools.querySelector("input");
  const all = tools.querySelector("button");
  const told = tools.querySelector("output");
  const rows = [...body.rows];
  let everything = !rows.some((row) => !row.classList.contains("not-significant"));

  const show = () => {
    const words = search.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      const found = words.every((word) => text.includes(word));
      const folded = !everything && !words.length && row.classList.contains("not-significant");
      row.classList.toggle("hidden", folded || !found);
      shown += !folded && found;
    }
    told.textContent = `${shown} of ${rows.length} shown`;
    all.textContent = everything ? "Show only what differs" : `Show all ${rows.length} tested`;
    all.setAttribute("aria-pressed", String(everything));
  };

  const headings = [...frame.querySelectorAll("thead th")];
  headings.forEach((heading, at) => {
    if (!heading.dataset.sort) return;
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => {
      const down = heading.getAttribute("aria-sort") === "ascending";
      headings.forEach((other) => other.removeAttribute("aria-sort"));
      heading.setAttribute("aria-sort", down ? "descending" : "ascending");
      const numeric = heading.dataset.sort === "number";
      const keyed = rows.map((row) => [row.cells[at].dataset.key, row]);
      keyed.sort(([one], [other]) => {
        if (one === "" || other === "") return (one === "") - (other === "");
        const order = numeric ? one - other : one.localeCompare(other, "en", { numeric: true });
        return down ? -order : order;
      });
      body.append(...keyed.map(([, row]) => row));
    });
  });

  search.addEventListener("input", show);
  all.addEventListener("click", () => { everything = !everything; show(); });
  tools.querySelectorAll("[hidden]").forEach((part) => { part.hidden = false; });
  show();
}
