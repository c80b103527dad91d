// Show how many guests there are, as it changes. Without JavaScript, the page keeps
// the number that it was made with.
const count = document.querySelector("#count");

if (count) {
  const events = new EventSource(count.dataset.live);
  events.onmessage = (event) => {
    count.textContent = `On the list: ${event.data}.`;
  };
}
