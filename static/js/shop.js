// What a page does with JavaScript beyond htmx. Everything works without: this file only saves clicks.
"use strict";
{
  const find = (id) => document.getElementById(id);
  const say = (sentence) => { find("message").textContent = sentence; };
  const offline = () => say(document.body.dataset.offline);
  const refresh = () => htmx.trigger("#cart-refresh", "cart:refresh");

  // LocalStorage may be switched off, full, or filled by somebody else.
  const storage = {
    read() { try { return localStorage.getItem("cart"); } catch { return null; } },
    write(text) { try { if (text !== this.read()) localStorage.setItem("cart", text); } catch { /* without it */ } },
  };

  // The mirror follows a cart that the server knows; a cart that it does not know is restored from the mirror. An error
  // page shows neither, and changes nothing.
  const mirror = () => {
    const panel = find("cart-mirror");
    if (panel.dataset.known === "yes") storage.write(JSON.stringify(JSON.parse(panel.textContent)));
    else if (panel.dataset.known === "no" && panel.dataset.tried !== "yes") restore(panel);
  };
  const restore = (panel) => {
    panel.dataset.tried = "yes";
    const kept = storage.read();
    if (!kept || kept === "[]") return;
    try {
      const lines = JSON.parse(kept).map(({ sku, quantity }) => ({ sku, quantity }));
      const form = find("cart-restore");
      form.elements.lines.value = JSON.stringify(lines.slice(0, 50));
      form.requestSubmit();
    } catch { storage.write("[]"); }
  };

  // Stripe Checkout opens where the pay partial says, and its end sends the charge form.
  let checkout;
  const pay = async () => {
    const place = find("stripe-checkout");
    if (!place) { checkout?.destroy(); checkout = undefined; return; }
    if (place.dataset.open === "yes") return;
    place.dataset.open = "yes";
    try {
      checkout?.destroy();
      await load(place.dataset.script);
      checkout = await Stripe(place.dataset.key).createEmbeddedCheckoutPage({
        clientSecret: place.dataset.secret,
        onComplete: () => find("charge").requestSubmit(),
      });
      checkout.mount(place);
    } catch { offline(); }
  };
  const load = (address) => new Promise((done, fail) => {
    if (window.Stripe) return done();
    const script = Object.assign(document.createElement("script"), { src: address, onload: done, onerror: fail });
    document.head.append(script);
  });

  const menu = find("cart");
  document.addEventListener("click", (event) => { if (!menu.contains(event.target)) menu.open = false; });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.firstElementChild.focus();
  });
  document.addEventListener("htmx:before:request", () => say(""));
  document.addEventListener("htmx:after:swap", () => { mirror(); pay(); });
  document.addEventListener("htmx:error", offline);
  document.addEventListener("htmx:response:error", (event) => { if (event.detail.ctx.response.status >= 500) offline(); });
  window.addEventListener("storage", (event) => { if (event.key === "cart") refresh(); });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted || performance.getEntriesByType("navigation")[0]?.type === "back_forward") refresh();
  });
  // A turn after htmx has bound the form: before that, sending it would load a page.
  document.addEventListener("DOMContentLoaded", () => setTimeout(mirror));
}
