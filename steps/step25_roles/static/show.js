// a button beside each password, to look at what was typed
for (const field of document.querySelectorAll("input[type=password]")) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = "Show";
  button.addEventListener("click", () => show(field.type === "password"));
  // a browser would remember what is sent in the clear, and offer it to the next visitor
  field.form.addEventListener("submit", () => show(false));
  field.after(button);

  function show(shown) {
    field.type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", shown);
  }
}
