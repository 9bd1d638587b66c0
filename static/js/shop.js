// What a page does beyond htmx. Everything works without: this only saves clicks.
"use strict";
if (window.htmx) {
  const find = (id) => document.getElementById(id);
  const say = (sentence) => { find("message").textContent = sentence; };
  const offline = () => say(document.body.dataset.offline);
  const refresh = () => htmx.trigger("#cart-refresh", "cart:refresh");

  // LocalStorage may be off, full, or anything.
  const read = () => { try { return localStorage.getItem("cart"); } catch { return null; } };
  const write = (text) => { try { localStorage.setItem("cart", text); } catch {} };

  // It mirrors a cart that is known, and restores, once, one that is not.
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

  // A control shows what the server said, unless it was changed since that was asked, or is the shopper's own.
  const typed = new WeakMap();
  let clock = 0;
  const own = (it) => "own" in it.dataset;
  const controls = (place) => [...place?.querySelectorAll?.("input, select") ?? []];
  const option = ([...options]) => options.find((it) => it.defaultSelected) ?? options[0];
  const told = (it) => [it.options ? option(it.options)?.value : it.defaultValue, it.defaultChecked];
  const put = (it, [value, checked]) => { it.value = value; if ("checked" in it) it.checked = checked; };
  const agree = ({ sent, tasks }) => {
    const all = tasks.flatMap(({ target }) => controls(target)), later = all.filter((it) => typed.get(it)?.[2] > (own(it) ? 0 : sent));
    for (const it of all) if (!later.includes(it)) put(it, told(it));
    for (const it of later) put(it, typed.get(it));
    quote();
  };
  const quote = () => {
    if (controls(find("quote")).some((it) => !own(it) && `${told(it)}` !== `${[it.value, it.checked]}`)) htmx.trigger("#quote", "quote");
  };

  // A focus that a swap takes away goes to the way back, else the line that is there now, or the head of the place.
  const rows = ({ target }) => [...target.querySelectorAll(".cart-lines > li")];
  const watch = (ctx) => {
    const focused = document.activeElement;
    ctx.lost = ctx.tasks.find(({ target }) => target?.contains?.(focused));
    ctx.at = ctx.lost && rows(ctx.lost).findIndex((it) => it.contains(focused));
  };
  const refocus = ({ at, lost }) => {
    if (!lost || document.activeElement !== document.body) return;
    const { target } = lost, find = (it) => it?.querySelector("button[value='0']");
    const all = at < 0 ? [] : rows(lost), line = all.slice(at).concat(all.reverse()).find(find);
    (target.querySelector(".cart-undo button") ?? find(line) ?? target.querySelector("[tabindex], input, select"))?.focus();
  };

  addEventListener("click", ({ target }) => target.closest(".print") && print());

  let pressed;
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
  // The sheet gives the focus back to what opened it.
  on("submit", ({ target, submitter }) => {
    if (target.method === "dialog") setTimeout(() => pressed?.focus());
    else pressed = submitter;
  });
  // Until Stripe's page is there, a sentence stands in its place.
  on("load", ({ target }) => target.closest?.("#stripe-checkout")?.nextElementSibling?.remove());
  const menu = find("cart");
  for (const name of ["click", "focusin"]) on(name, ({ target }) => { if (!menu.contains(target)) menu.open = false; });
  on("keydown", ({ key }) => {
    if (key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.firstElementChild.focus();
  });
  // A stepper steps; a picture opens large where it is.
  on("click", (event) => {
    const { target: it } = event, large = it.closest("a")?.nextElementSibling;
    if (it.dataset.step) {
      find("quantity")[it.dataset.step]();
      find("quantity").dispatchEvent(new Event("input"));
    }
    if (large?.showModal) { event.preventDefault(); large.showModal(); }
  });
  for (const name of ["input", "change"]) on(name, ({ target: it }) => typed.set(it, [it.value, it.checked, ++clock]));
  on("htmx:config:request", ({ detail: { ctx } }) => { ctx.sent = ++clock; });
  on("htmx:before:request", ({ detail: { ctx } }) => { if (ctx.swap !== "none") say(""); });
  on("htmx:before:swap", ({ detail: { ctx, tasks } }) => { ctx.tasks = tasks; watch(ctx); });
  on("htmx:after:swap", ({ detail: { ctx } }) => { if (ctx.swap !== "none") { agree(ctx); refocus(ctx); mirror(); pay(); } });
  on("htmx:error", offline);
  on("htmx:response:error", ({ detail: { ctx } }) => { if (ctx.response.status >= 500) offline(); });
  addEventListener("storage", ({ key }) => { if (key === "cart") refresh(); });
  addEventListener("pageshow", ({ persisted }) => {
    if (persisted || performance.getEntriesByType("navigation")[0]?.type === "back_forward") refresh();
    quote();
  });
  // By itself htmx binds a turn later: a form that is sent before loads a page.
  htmx.process(document.body);
  mirror();
}
