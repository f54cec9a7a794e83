"use strict";
// What every page can do beyond being read: moving pictures, copying, meanings of words. Nothing here writes markup:
// the policy of the page forbids it, and all that came from a file is set as text.
const educe = {
  scenes: {},
  functions: {},

  start() {
    for (const place of document.querySelectorAll("[data-scene]")) {
      const scene = JSON.parse(document.getElementById("scene-" + place.dataset.scene).textContent);
      educe.scenes[scene.kind](place, scene);
    }
    for (const code of document.querySelectorAll(".code")) educe.copying(code);
    for (const box of document.querySelectorAll(".box")) educe.scrolling(box);
    for (const term of document.querySelectorAll("a.term")) educe.meaning(term);
    educe.following();
    document.documentElement.dataset.ready = "yes";
  },

  make(tag, properties = {}, ...inside) {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...inside);
    return element;
  },

  // A box that scrolls can be reached by the keyboard.
  scrolling(box) {
    const check = () => {
      if (box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    };
    check();
    new ResizeObserver(check).observe(box);
  },

  copying(code) {
    const button = educe.make("button", { type: "button", textContent: "Copy" });
    const text = code.querySelector("pre code");
    const say = (words) => {
      button.textContent = words;
      setTimeout(() => (button.textContent = "Copy"), 1600);
    };
    button.addEventListener("click", () => {
      const select = () => {
        getSelection().selectAllChildren(text);
        say("Selected");
      };
      if (navigator.clipboard) navigator.clipboard.writeText(text.textContent).then(() => say("Copied"), select);
      else select();
    });
    code.querySelector(".label").append(button);
  },

  meaning(term) {
    const entry = document.getElementById(term.hash.slice(1));
    if (!entry) return;
    let tip = null;
    const hide = () => {
      if (tip) tip.remove();
      tip = null;
    };
    const show = () => {
      hide();
      tip = educe.make("div", { className: "tip", textContent: entry.nextElementSibling.textContent });
      tip.setAttribute("role", "tooltip");
      document.body.append(tip);
      const at = term.getBoundingClientRect();
      const left = Math.max(8, Math.min(at.left, document.documentElement.clientWidth - tip.offsetWidth - 8));
      tip.style.left = left + scrollX + "px";
      tip.style.top = at.bottom + scrollY + 6 + "px";
    };
    term.addEventListener("mouseenter", show);
    term.addEventListener("focus", show);
    for (const end of ["mouseleave", "blur", "click"]) term.addEventListener(end, hide);
    term.addEventListener("keydown", (event) => event.key === "Escape" && hide());
  },

  // The list of chapters shows where the reader is; on a narrow page it starts closed.
  following() {
    const list = document.querySelector("nav details");
    if (matchMedia("(max-width: 72rem)").matches) list.open = false;
    const links = new Map([...document.querySelectorAll("nav a")].map((a) => [a.hash.slice(1), a]));
    const watch = new IntersectionObserver(
      (seen) => {
        for (const { target, isIntersecting } of seen) links.get(target.id)?.classList.toggle("here", isIntersecting);
      },
      { rootMargin: "-20% 0px -70% 0px" },
    );
    for (const chapter of document.querySelectorAll(".chapter")) watch.observe(chapter);
  },

  // A slider with a button that plays it; move(k) shows step k, say(k) puts it in words. Players of one group, and of
  // one length, go together.
  groups: {},

  player(place, steps, move, say, group = "") {
    const slider = educe.make("input", { type: "range", min: 0, max: steps - 1, value: steps - 1, step: 1 });
    slider.setAttribute("aria-label", "Step");
    const button = educe.make("button", { type: "button", textContent: "Play" });
    const words = educe.make("output");
    let playing = null;
    const others = (educe.groups[`${group} ${steps}`] ??= []);
    const show = () => {
      move(+slider.value);
      words.textContent = say(+slider.value);
      slider.setAttribute("aria-valuetext", words.textContent);
    };
    const follow = (k) => {
      stop();
      slider.value = k;
      show();
    };
    const lead = () => {
      show();
      if (group) for (const other of others) if (other !== follow) other(slider.value);
    };
    others.push(follow);
    const stop = () => {
      clearInterval(playing);
      playing = null;
      button.textContent = "Play";
    };
    const pause = Math.min(900, Math.max(40, 8000 / steps));
    button.addEventListener("click", () => {
      if (playing) return stop();
      if (+slider.value === steps - 1) slider.value = 0;
      show();
      button.textContent = "Pause";
      playing = setInterval(() => {
        slider.value = +slider.value + 1;
        lead();
        if (+slider.value === steps - 1) stop();
      }, pause);
    });
    slider.addEventListener("input", () => {
      stop();
      lead();
    });
    place.append(educe.make("div", { className: "moves" }, button, slider, words));
    show();
  },
};
