// While somebody designs: the page follows the files, and says what is wrong in them.
const source = new EventSource(`/gallery/changes?since=${Math.floor(performance.timeOrigin)}`);
let lost = false;

const tell = async () => {
  const html = await (await fetch("/gallery/problems")).text();
  document.getElementById("design-problems")?.remove();
  document.body.insertAdjacentHTML("beforeend", html);
};

source.addEventListener("error", () => { lost = true; });
source.addEventListener("open", () => { if (lost) location.reload(); });
source.addEventListener("page", () => location.reload());
source.addEventListener("css", () => {
  for (const link of document.querySelectorAll('link[href*="shop.css"]')) {
    const address = new URL(link.href);
    address.searchParams.set("v", Date.now());
    link.href = address;
  }
  tell();
});
tell();

// A part of a page that could not be drawn is shown whole, over the page that asked for it.
document.addEventListener("htmx:response:error", ({ detail: { ctx } }) => {
  if (ctx.response.status < 500 || !ctx.text?.includes("design-mistakes")) return;
  const frame = Object.assign(document.createElement("iframe"), { srcdoc: ctx.text, title: "A mistake" });
  Object.assign(frame.style, { position: "fixed", inset: "5vh 5vw", width: "90vw", height: "90vh", zIndex: "9999" });
  document.body.append(frame);
});
