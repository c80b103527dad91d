// Sign up without leaving the page. Without JavaScript, the form still works.
const form = document.querySelector("#signup");

form?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const status = form.querySelector("[role=status]");
  const { csrf_token: token, ...fields } = Object.fromEntries(new FormData(form));
  try {
    const response = await fetch(form.action, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        Accept: "application/json",
        "X-CSRFToken": token,
      },
      body: JSON.stringify(fields),
    });
    const answer = await response.json();
    status.textContent = response.ok
      ? `You are number ${answer.guests} on the list.`
      : answer.detail;
  } catch {
    status.textContent = "The bell can't be reached. Try again.";
  }
});
