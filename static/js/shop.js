// What a page does with JavaScript beyond htmx. Everything works without: this file only saves clicks.
"use strict";
if (window.htmx) {
  const find = (id) => document.getElementById(id);
  const say = (sentence) => { find("message").textContent = sentence; };
  const offline = () => say(document.body.dataset.offline);
  const refresh = () => htmx.trigger("#cart-refresh", "cart:refresh");

  // LocalStorage may be switched off, full, or filled by somebody else.
  const read = () => { try { return localStorage.getItem("cart"); } catch { return null; } };
  const write = (text) => { try { localStorage.setItem("cart", text); } catch { /* without it */ } };

  // It mirrors a cart that the server knows, and restores, once, one that it does not know.
  let tried;
  const mirror = () => {
    const { textContent, dataset: { known } } = find("cart-mirror");
    if (known === "yes") write(textContent);
    else if (known === "no" && !tried) restore(read());
  };
  const restore = (kept) => {
    tried = true;
    if (!kept || kept === "[]") return;
    try {
      const lines = JSON.parse(kept).map(({ sku, quantity }) => ({ sku, quantity }));
      const form = find("cart-restore");
      form.elements.lines.value = JSON.stringify(lines.slice(0, 50));
      form.requestSubmit();
    } catch { write("[]"); }
  };

  // A control shows what the server said.
  const controls = (place) => [...place?.querySelectorAll?.("input, select, textarea") ?? []];
  const option = ({ options }) => [...options].find((it) => it.defaultSelected) ?? options[0];
  const differs = (it) => it.options ? !option(it).selected : it.value !== it.defaultValue || it.checked !== it.defaultChecked;
  const reset = (it) => it.options
    ? option(it).selected = true : Object.assign(it, { value: it.defaultValue, checked: it.defaultChecked });

  // After a swap, too, unless it was changed since the request was `sent`. What has lost the focus gives it to the next
  // line, or to the head of the place.
  const typed = new WeakMap();
  let clock = 0;
  const swapping = (sent, tasks) => {
    const focused = document.activeElement, line = focused.closest("li");
    const near = [line?.nextElementSibling, line?.previousElementSibling];
    const task = tasks.find(({ target }) => target?.contains?.(focused));
    return () => {
      const all = tasks.flatMap(({ target }) => controls(target));
      const later = all.filter((it) => typed.get(it)?.at > sent);
      all.filter((it) => differs(it) && !later.includes(it)).forEach(reset);
      for (const it of later) Object.assign(it, typed.get(it));
      if (!task || document.activeElement !== document.body) return;
      const button = near.find((it) => it?.isConnected)?.querySelector("form:last-child button");
      (button ?? task.target.querySelector("[tabindex], input, select"))?.focus();
    };
  };
  // Costs follow the fields, also when the browser has filled them in on the way back.
  const quote = () => { if (controls(find("quote")).some(differs)) htmx.trigger("#quote", "change"); };

  // Stripe Checkout opens where the pay partial says; its end sends the charge form.
  let checkout;
  const pay = async () => {
    const place = find("stripe-checkout");
    if (place?.dataset.open) return;
    checkout = checkout?.destroy();
    if (!place) return;
    place.dataset.open = "yes";
    try {
      await load(place.dataset.script);
      checkout = await Stripe(place.dataset.key).createEmbeddedCheckoutPage({
        clientSecret: place.dataset.secret,
        onComplete: () => find("charge").requestSubmit(),
      });
      checkout.mount(place);
    } catch { offline(); }
  };
  const load = (src) => window.Stripe || new Promise((onload, onerror) => {
    document.head.append(Object.assign(document.createElement("script"), { src, onload, onerror }));
  });

  const on = (name, act) => document.addEventListener(name, act, true);
  const menu = find("cart");
  const close = ({ target }) => { if (!menu.contains(target)) menu.open = false; };
  on("click", close);
  on("focusin", close);
  on("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.firstElementChild.focus();
  });
  for (const name of ["input", "change"]) {
    on(name, ({ target: { value, checked }, target }) => typed.set(target, { value, checked, at: ++clock }));
  }
  on("htmx:config:request", ({ detail: { ctx } }) => { ctx.sent = ++clock; });
  on("htmx:before:request", () => say(""));
  on("htmx:before:swap", ({ detail: { ctx, tasks } }) => { ctx.swapped = swapping(ctx.sent, tasks); });
  on("htmx:after:swap", ({ detail: { ctx } }) => { ctx.swapped(); quote(); mirror(); pay(); });
  on("htmx:error", offline);
  on("htmx:response:error", ({ detail: { ctx } }) => { if (ctx.response.status >= 500) offline(); });
  addEventListener("storage", (event) => { if (event.key === "cart") refresh(); });
  addEventListener("pageshow", (event) => {
    if (event.persisted || performance.getEntriesByType("navigation")[0]?.type === "back_forward") refresh();
    quote();
  });
  // A turn after htmx has bound the form: before that, sending it would load a page.
  on("DOMContentLoaded", () => setTimeout(mirror));
}
