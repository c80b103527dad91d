// The button of a live step. On a chapter's page this alone is there until the reader
// presses it; then it loads `page.js`. (No module: those don't run in a page that was
// opened as a file, and there it has to say so.)
{
  const FROM_A_FILE =
    "A browser runs no step from a page that was opened as a file: `costrel read --with-browser` serves it.";

  const box = /** @type {HTMLElement} */ (document.getElementById("live"));
  const button = /** @type {HTMLButtonElement} */ (box.querySelector(".live__start"));
  const status = /** @type {HTMLElement} */ (box.querySelector(".live__status"));

  button.addEventListener("click", async () => {
    if (location.protocol === "file:") {
      status.textContent = FROM_A_FILE;
      return;
    }
    button.disabled = true;
    status.textContent = "Loading …";
    try {
      const page = await import(new URL(box.dataset.page ?? "", document.baseURI).href);
      await page.open(box);
    } catch (error) {
      button.disabled = false;
      const why = error instanceof Error ? error.message : error;
      status.textContent = `It could not be started: ${why}`;
    }
  });
}
