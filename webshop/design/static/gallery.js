// Frames are as high as what is in them, and as wide as a device, if somebody chooses one.
const frames = [...document.querySelectorAll(".state__frame")];

const fit = (frame) => {
  const page = frame.contentDocument?.documentElement;
  if (page?.scrollHeight > 0) frame.style.height = `${Math.min(page.scrollHeight + 2, 2000)}px`;
};

for (const frame of frames) frame.addEventListener("load", () => { frame.style.height = "8rem"; fit(frame); });

const widths = document.querySelector(".top__widths");
if (widths) {
  widths.hidden = false;
  widths.addEventListener("click", ({ target }) => {
    const { width } = target.dataset;
    if (!width) return;
    for (const button of widths.children) button.setAttribute("aria-pressed", String(button === target));
    for (const frame of frames) {
      frame.style.width = width === "all" ? "" : `${width}px`;
      setTimeout(fit, 300, frame);
    }
  });
}
