// What the theme leaves out for people who listen to a page or use its keys.
document.querySelector(".md-search[role=dialog]")?.setAttribute("aria-label", "Search");

// The theme makes a landmark of every list within the table of contents: too many to
// find one's way by.
for (const nav of document.querySelectorAll(".md-nav--secondary .md-nav")) {
  nav.removeAttribute("aria-label");
  nav.setAttribute("role", "none");
}

// What is worth copying of a block: the new lines of a difference, a method without the
// lines around it, what was typed at a prompt.
/** @type {Record<string, RegExp>} */
const PROMPTS = {
  "language-console": /^\$ /,
  "language-pycon": /^(?:>>>|\.\.\.)(?: |$)/,
};
/** @param {Element} block */
const wanted = (block) => {
  const code = /** @type {Element} */ (block.querySelector(".lines")?.cloneNode(true));
  const rest = code.querySelectorAll(".spoken, .gap, .faded, .old");
  for (const part of rest) part.remove();
  const lines = code.textContent.replace(/\n$/, "").split("\n");
  const prompt = PROMPTS[block.classList[0]];
  if (!prompt) return lines.join("\n");
  const typed = lines.filter((line) => prompt.test(line));
  return typed.map((line) => line.replace(prompt, "")).join("\n");
};

// (The theme's own buttons measure every block on the page, which a phone feels.)
if (navigator.clipboard) {
  for (const block of document.querySelectorAll(".highlight.block")) {
    const button = document.createElement("button");
    Object.assign(button, { className: "copy", type: "button", ariaLabel: "Copy" });
    block.append(button);
  }
  document.addEventListener("click", async ({ target }) => {
    const button = target instanceof Element && target.closest(".copy");
    if (!button || !button.parentElement) return;
    await navigator.clipboard.writeText(wanted(button.parentElement));
    button.ariaLabel = "Copied";
    setTimeout(() => (button.ariaLabel = "Copy"), 2000);
  });
}

// What is wider than the page can be moved with the arrow keys. All blocks have a tab
// stop until they come into view and prove not to need it: measuring all at once holds
// the page up.
const FRAMES = "pre, .drawing, .md-typeset__scrollwrap";
const measure = new IntersectionObserver((seen) => {
  for (const { target, isIntersecting } of seen) {
    if (!isIntersecting) continue;
    if (target.scrollWidth > target.clientWidth) target.setAttribute("tabindex", "0");
    else target.removeAttribute("tabindex");
  }
});
const reachable = () => {
  measure.disconnect();
  for (const frame of document.querySelectorAll(FRAMES)) measure.observe(frame);
};
for (const block of document.querySelectorAll("pre")) block.tabIndex = 0;
addEventListener("load", reachable);
addEventListener("resize", reachable);

// Who wants old lines beside new ones wants them on the next page of changes, too.
const sides = document.getElementById("sides");
if (sides instanceof HTMLInputElement) {
  sides.checked = sessionStorage.getItem("sides") === "on";
  sides.addEventListener("change", () => {
    sessionStorage.setItem("sides", sides.checked ? "on" : "");
  });
}

// Paper can't be unfolded. (The theme sees to that, but not on a page from the disk.)
/** @type {HTMLDetailsElement[]} */
const unfolded = [];
addEventListener("beforeprint", () => {
  for (const fold of document.querySelectorAll("article details:not([open])")) {
    if (fold instanceof HTMLDetailsElement) unfolded.push(fold);
  }
  for (const fold of unfolded) fold.open = true;
});
addEventListener("afterprint", () => {
  for (const fold of unfolded.splice(0)) fold.open = false;
});
