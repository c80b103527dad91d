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
const PROMPTS = {
  "language-console": /^\$ /,
  "language-pycon": /^(?:>>>|\.\.\.)(?: |$)/,
};
const wanted = (block) => {
  const code = block.querySelector(".lines").cloneNode(true);
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
    const button = target.closest(".copy");
    if (!button) return;
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
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
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
if (sides) {
  sides.checked = sessionStorage.getItem("sides") === "on";
  sides.addEventListener("change", () => {
    sessionStorage.setItem("sides", sides.checked ? "on" : "");
  });
}

// Paper can't be unfolded. (The theme sees to that, but not on a page from the disk.)
let unfolded = [];
addEventListener("beforeprint", () => {
  unfolded = [...document.querySelectorAll("article details:not([open])")];
  for (const fold of unfolded) fold.open = true;
});
addEventListener("afterprint", () => {
  for (const fold of unfolded) fold.open = false;
});

const FROM_A_FILE =
  "A browser runs no step from a page that was opened as a file: `costrel read --with-browser` serves it.";

// A live step loads nothing until the reader asks for it.
for (const box of document.querySelectorAll(".live")) {
  const button = box.querySelector(".live__start");
  const status = box.querySelector(".live__status");
  const start = async () => {
    if (location.protocol === "file:") {
      status.textContent = FROM_A_FILE;
      return;
    }
    button.disabled = true;
    status.textContent = "Loading …";
    try {
      const page = await import(new URL(box.dataset.page, document.baseURI));
      await page.open(box);
    } catch (error) {
      button.disabled = false;
      status.textContent = `It could not be started: ${error.message}`;
    }
  };
  button.addEventListener("click", start);
  const greet = () => {
    if (!location.hash.startsWith("#live=")) return;
    // a step that runs belongs to the address it began with
    if (!button.isConnected) return location.reload();
    status.textContent =
      "This link carries somebody's changes. Nothing of them runs before you say so.";
    box.scrollIntoView({ block: "center" });
  };
  addEventListener("hashchange", greet);
  greet();
}
