// Two comforts: tables that sort by a column, figures that open large. Without them the page says the same.
"use strict";

const number = (text) => Number.parseFloat(text.replaceAll(",", "").replace("−", "-"));

function compare(one, other) {
  const [a, b] = [number(one), number(other)];
  return Number.isNaN(a) || Number.isNaN(b) ? one.localeCompare(other) : a - b;
}

function keyOf(row, column) {
  const cell = row.cells[column];
  return cell.dataset.key ?? cell.textContent.trim();
}

// Up, down, and back to the order (and the groups) that the page came with; empty cells stay last.
function sortable(table) {
  const heads = [...table.tHead.rows[0].cells];
  const home = [...table.tBodies].map((body) => [body, [...body.rows]]);
  const order = (column, direction) => {
    home.forEach(([body, rows]) => body.append(...rows));
    if (direction === "none") return;
    const sign = direction === "ascending" ? 1 : -1;
    const filled = (row) => keyOf(row, column) !== "";
    const [full, empty] = [true, false].map((wanted) => home.flatMap(([, rows]) => rows).filter((row) => filled(row) === wanted));
    full.sort((one, other) => sign * compare(keyOf(one, column), keyOf(other, column)));
    home[0][0].append(...full, ...empty);
  };
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const direction = { ascending: "descending", descending: "none" }[head.getAttribute("aria-sort")] ?? "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      if (direction !== "none") head.setAttribute("aria-sort", direction);
      order(column, direction);
    });
  });
}

function openable(image, dialog) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "open";
  button.title = "Open large";
  image.replaceWith(button);
  button.append(image);
  button.addEventListener("click", () => {
    const large = dialog.querySelector("img");
    [large.src, large.alt] = [image.src, image.alt];
    dialog.showModal();
  });
}

document.querySelectorAll("table").forEach(sortable);
const dialog = document.querySelector("dialog");
document.querySelectorAll("figure img").forEach((image) => openable(image, dialog));
dialog.addEventListener("click", (event) => {
  if (event.target.tagName !== "IMG") dialog.close();
});
