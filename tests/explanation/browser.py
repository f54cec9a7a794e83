"""A real browser for pages: what it may do is watched, and what it shows is measured."""

import os
import shutil
from contextlib import contextmanager

import pytest

WIDTHS = (1440, 768, 380)

# Boxes that scroll by themselves may hold more than they show; nothing else may.
CLIPPED = """() => {
  const found = [];
  for (const e of document.querySelectorAll("body *")) {
    const style = getComputedStyle(e);
    if (e.closest(".unseen, .skip, .choice, .box, pre, details:not([open]), svg, math")) continue;
    if (!e.getClientRects().length) continue;
    const name = e.tagName + "." + e.className + ": ";
    const inline = style.display === "inline";
    if (inline || !e.clientWidth) continue;
    if (e.scrollWidth > e.clientWidth + 1) found.push(name + e.textContent.slice(0, 40));
  }
  for (const e of document.querySelectorAll(".box, pre")) {
    const at = e.getBoundingClientRect();
    const words = e.textContent.slice(0, 40);
    if (at.width && (at.right > innerWidth + 1 || at.left < -1)) found.push("beyond the page: " + words);
    if (e.scrollHeight > e.clientHeight + 1 && e.tagName !== "PRE") found.push("cut below: " + words);
  }
  if (document.documentElement.scrollWidth > innerWidth) found.push("the page is wider than the window");
  return found;
}"""

OVERLAPPING = """() => {
  const found = [];
  for (const drawing of document.querySelectorAll("svg")) {
    const all = [...drawing.querySelectorAll("text")];
    const words = all.filter((t) => t.textContent.trim() && t.getClientRects().length);
    const boxes = words.map((t) => t.getBoundingClientRect());
    const frame = drawing.getBoundingClientRect();
    for (let i = 0; i < words.length; i++) {
      const beyond = boxes[i].right > frame.right + 2 || boxes[i].left < frame.left - 2;
      if (beyond) found.push("cut: " + words[i].textContent);
      for (let j = 0; j < i; j++) {
        const [a, b] = [boxes[i], boxes[j]];
        const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const along = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        if (across > 1 && along > 0.3 * Math.min(a.height, b.height))
          found.push(words[i].textContent + " over " + words[j].textContent);
      }
    }
  }
  return found;
}"""


def executable():
    """Return where a browser is, None where there is none."""
    places = [shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")]
    return next((place for place in places if place and os.access(place, os.X_OK)), None)


@contextmanager
def launched():
    """A browser; the test is skipped where there is none."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    place = executable()
    if place is None:
        pytest.skip("no Chromium was found")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=place, args=["--no-sandbox"])
        yield browser
        browser.close()


class Watched:
    """A page with what it did wrong: errors on the console, requests beyond the file itself, dialogues."""

    def __init__(self, browser, path, *, width=1440, theme="light", script=True):
        self.context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=theme, java_script_enabled=script
        )
        self.tab = self.context.new_page()
        self.errors, self.requests = [], []
        self.tab.on(
            "console", lambda m: self.errors.append(m.text) if m.type in ("error", "warning") else None
        )
        self.tab.on("pageerror", lambda error: self.errors.append(str(error)))
        self.tab.on("dialog", lambda d: (self.errors.append(f"dialogue: {d.message}"), d.dismiss()))
        self.tab.on("request", lambda request: self.requests.append(request.url))
        self.tab.goto(path.as_uri())
        if script:
            self.tab.wait_for_selector("html[data-ready=yes]", timeout=20_000)

    @property
    def elsewhere(self):
        """Requests beyond the page itself."""
        return self.requests[1:]

    def close(self):
        self.context.close()
