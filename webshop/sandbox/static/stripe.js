// Stands in for https://js.stripe.com: the part that opens an embedded payment page, and nothing else.
(() => {
  const base = new URL(".", document.currentScript.src);
  let current = null;

  const createEmbeddedCheckoutPage = async ({ clientSecret, fetchClientSecret, onComplete }) => {
    if (current) throw new Error("You cannot have multiple embedded payment pages: destroy the other one first.");
    current = {};
    try {
      const secret = clientSecret ?? (await fetchClientSecret());
      current = embeddedPage(new URL(`embedded/${encodeURIComponent(secret)}`, base), onComplete);
    } catch (error) {
      current = null;
      throw error;
    }
    return current;
  };

  const embeddedPage = (address, onComplete) => {
    const frame = document.createElement("iframe");
    frame.src = address.href;
    frame.title = "Payment form (sandbox)";
    Object.assign(frame.style, { border: "0", borderRadius: "10px", display: "block", height: "44rem", width: "100%" });
    let told = false;

    const listen = ({ data, origin, source }) => {
      if (source !== frame.contentWindow || origin !== address.origin || data?.from !== "sandbox") return;
      if (data.height > 0) frame.style.height = `${data.height}px`;
      if (!data.complete || told) return;
      told = true;
      if (/^https?:/.test(data.onward)) window.location.assign(data.onward);
      else onComplete?.();
    };

    return {
      mount(place) {
        const element = typeof place === "string" ? document.querySelector(place) : place;
        if (!element) throw new Error(`There is no element ${place} to mount the payment page in.`);
        window.addEventListener("message", listen);
        element.replaceChildren(frame);
      },
      unmount() {
        window.removeEventListener("message", listen);
        frame.remove();
      },
      destroy() {
        this.unmount();
        current = null;
      },
    };
  };

  window.Stripe = (publishableKey) => {
    if (!/^pk_/.test(publishableKey)) throw new Error("Stripe() wants a publishable key, which begins with pk_.");
    return { createEmbeddedCheckoutPage };
  };
})();
