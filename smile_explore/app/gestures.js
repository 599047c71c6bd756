// Mouse and keyboard of one Explorer: cursor, Shift+drag, reorder, menu, keys.
// Listens on the window before Bokeh does; each gesture becomes one message to Python,
// written into the data of a hidden source ("bridge"). __UID__ names the Explorer.
(() => {
  const UID = "__UID__";
  const all = (window.smile_explore ??= {});
  all[UID]?.abort();
  const life = (all[UID] = new AbortController());
  const on = (name, f) =>
    window.addEventListener(name, f, {capture: true, passive: false, signal: life.signal});

  let doc = null, root = null, count = 0;
  const known = {};
  // while another theme's screen takes the place of the last there are two of a name: the new one
  const model = name => {
    if (known[name]?.document) return known[name];
    for (const each of window.Bokeh?.documents ?? []) {
      const found = [...each._all_models.values()].filter(m => m.name === `${name}-${UID}`).at(-1);
      if (found) {
        doc = each;
        return known[name] = found;
      }
    }
    return null;
  };
  const send = message => {
    const bridge = model("bridge");
    if (bridge) bridge.data = {m: [JSON.stringify({...message, n: ++count})]};
  };
  // finding a view walks through all of the page's: remembered while it is on the page
  const views = new WeakMap();
  const view_of = m => {
    if (!views.get(m)?.el?.isConnected) views.set(m, Bokeh.index.find_one(m));
    return views.get(m);
  };
  const figures = () => !model("bridge") ? [] : [...doc._all_models.values()]
    .filter(m => (m.name ?? "").match(new RegExp(`^(panel|strip)-${UID}-`)))
    .map(m => ({m, view: view_of(m)}))
    .filter(f => f.view?.el?.isConnected && f.view.frame)
    .sort((a, b) => a.view.el.getBoundingClientRect().top - b.view.el.getBoundingClientRect().top);
  // Tabulator calls itself a grid, but not its parts what a grid may hold
  const ROLES = [[".tabulator-tableholder", "rowgroup"], [".tabulator-table", "none"], [".tabulator-footer", "rowgroup"],
    [".tabulator-footer-contents", "row"], [".tabulator-paginator", "gridcell"],
    [".tabulator-placeholder", "row"], [".tabulator-placeholder-contents", "gridcell"]];
  // noUiSlider gives its handles no name, Bokeh none to its canvases: a screen reader needs both
  const name = node => {
    for (const each of node.querySelectorAll("*")) {
      const label = each.shadowRoot?.querySelector(".bk-slider-title");
      for (const handle of label ? each.shadowRoot.querySelectorAll(".noUi-handle") : [])
        handle.setAttribute("aria-label", label.textContent.split(":")[0]);
      if (each.shadowRoot) name(each.shadowRoot);
    }
    for (const [part, role] of ROLES)
      for (const each of node.querySelectorAll(part)) each.setAttribute("role", role);
  };
  on("focusin", event => {
    const home = event.composedPath().find(e => e.classList?.contains?.(`se-${UID}`));
    if (home?.shadowRoot) name(home.shadowRoot);
  });
  // Panel's link to a notebook sends back whatever Python has just sent, and what is marked as the
  // page's own: twice the traffic, and old values over new ones. A server's link does not.
  const hush = () => {
    for (const link of doc._all_models.values()) {
      if (!link.type.endsWith("CommManager") || Object.hasOwn(link, "_document_changed")) continue;
      const tell_python = link._document_changed.bind(link);
      link._document_changed = event => { if (event.sync !== false) tell_python(event); };
    }
  };
  // Each time it paints, Bokeh asks the page's style sheets for every colour and width, and for the
  // size of letters: a fifth of a zoom. An Explorer's come from Python alone and stay, so here they
  // are not asked for, or once; other figures of the page go on asking.
  const ours = (all.documents ??= new WeakSet());
  const is_ours = view => ours.has(view.model?.document);
  const spare_styles = () => {
    ours.add(doc);
    if (all.spares) return;
    all.spares = true;
    const visual = Bokeh.require("core/visuals/visual").VisualProperties.prototype;
    const ask = visual._get_css_value;
    visual._get_css_value = function (name) {
      return is_ours(this.obj) ? "" : ask.call(this, name);
    };
    const plot = Bokeh.require("models/plots/plot_canvas").PlotView.prototype, sizes = new WeakMap();
    const size = Object.getOwnPropertyDescriptor(plot, "base_font_size").get;
    Object.defineProperty(plot, "base_font_size", {configurable: true, get() {
      if (!is_ours(this) || !this.el.isConnected) return size.call(this);
      if (!sizes.has(this)) sizes.set(this, size.call(this));
      return sizes.get(this);
    }});
  };
  // Panel's table forgets the rows, or which is selected, that come while it is being built; what
  // came a moment ago may still be on its way, and is not asked for twice
  let short = false;
  const fill_table = () => {
    const was = short;
    short = false;
    for (const m of doc._all_models.values()) {
      const view = m.type.endsWith("Tabulator") ? Bokeh.index.find_one(m) : null;
      if (!view?.tabulator?.initialized) continue;
      const filled = view.tabulator.getDataCount() === m.source.length;
      if (filled && view.tabulator.getSelectedData().length === m.source.selected.indices.length) continue;
      short = true;
      if (was) void (filled ? Promise.resolve() : view.setData()).then(() => view.setSelection());
    }
  };
  const tidy = times => {
    if (life.signal.aborted) return;
    if (times) name(document);  // figures come before the sliders do
    if (model("bridge")) fill_table();
    setTimeout(tidy, 1000, times && times - 1);
  };
  // a notebook's kernel may draw only what a page is there to hear of
  const greet = tries => {
    if (life.signal.aborted) return;
    if (figures().length) {
      hush();
      send({do: "ready", dark: document.body.dataset.jpThemeLight === "false"});
      tidy(10);
      spare_styles();
    }
    else if (tries) setTimeout(greet, 100, tries - 1);
  };
  setTimeout(greet, 50, 600);
  // where on which figure an event is: inside its frame, or on the axis left of it
  const locate = event => {
    const path = event.composedPath();
    for (const f of figures()) {
      if (!path.includes(f.view.el)) continue;
      const box = f.view.el.getBoundingClientRect(), frame = f.view.frame.bbox;
      const sx = event.clientX - box.left, sy = event.clientY - box.top;
      const inside = sx >= frame.left && sx <= frame.right && sy >= frame.top && sy <= frame.bottom;
      return {...f, inside, left: sx < frame.left, t: time(f, event.clientX)};
    }
    return null;
  };
  // the same by place alone: while a button is held, events go to where it was pressed
  const under = event => figures().find(f => {
    const box = f.view.el.getBoundingClientRect();
    return event.clientX >= box.left && event.clientX <= box.right
      && event.clientY >= box.top && event.clientY <= box.bottom;
  });
  const time = (f, clientX) => {
    const frame = f.view.frame.bbox, range = f.m.x_range;
    const sx = clientX - f.view.el.getBoundingClientRect().left;
    return range.start + (sx - frame.left) / frame.width * (range.end - range.start);
  };

  // ---- cursor: drawn once a frame; told to Python one place at a time, the next when Python has
  // answered (it writes the number of the message into the cursor's tags), so that none queue up
  let asked = null, told = -1e9, sent = 0, timer = 0, hovered = null, quiet = 0;
  const answered = () =>
    (model("cursor")?.tags?.[0] ?? 0) >= sent || performance.now() - told > 3000;
  const tell = t => {
    clearTimeout(timer);
    if (performance.now() < Math.max(told + 90, quiet) || !answered()) { timer = setTimeout(tell, 20, t); return; }
    told = performance.now();
    send({do: "cursor", t});
    sent = count;
  };
  // a zoom often follows a move at once: it goes first, the cursor stays where it was pointed at
  on("wheel", () => { quiet = performance.now() + 300; });
  const place = (cursor, t) => cursor.setv({location: t}, {sync: false});
  // what Python answers was true when it was asked: the mouse, which has gone on, counts until
  // Python has come to where it is, or the reader does something else
  const watched = new WeakSet();
  const watch = cursor => {
    if (watched.has(cursor)) return;
    watched.add(cursor);
    cursor.properties.location.change.connect(() => {
      if (hovered !== null && cursor.location !== hovered) place(cursor, hovered);
    });
  };
  const move_cursor = (t, half_pixel) => {
    if (asked === null) requestAnimationFrame(() => {
      const cursor = model("cursor");
      hovered = asked;
      asked = null;
      // browsers report moves of a mouse at rest too, as after each zoom about it
      if (!cursor || Math.abs(cursor.location - hovered) < half_pixel) return;
      watch(cursor);
      place(cursor, hovered);
      tell(hovered);
    });
    asked = t;
  };
  for (const other of ["pointerdown", "keydown", "click"])  // a screen reader clicks without a pointer
    on(other, () => { hovered = null; clearTimeout(timer); });

  // a click holds the cursor, so that the mouse can leave; the next lets it follow again
  let held = false;
  const hold = holds => {
    held = holds;
    model("cursor")?.setv({line_width: held ? 2.4 : 1.2}, {sync: false});
  };

  // ---- pointer
  let drag = null;
  const box = (name, left, right, visible) =>
    model(name)?.setv({left, right, visible}, {sync: false});
  on("pointermove", event => {
    if (drag?.kind === "new") {
      event.stopImmediatePropagation();
      drag.to = time(drag, event.clientX);
      box("draft", Math.min(drag.from, drag.to), Math.max(drag.from, drag.to), true);
      return;
    }
    if (event.buttons || held) return;
    const at = locate(event);
    if (at?.inside) move_cursor(at.t, time(at, event.clientX + 0.5) - at.t);
  });
  on("pointerdown", event => {
    close_menu(event);
    const at = locate(event);
    if (!at || event.button !== 0) return;
    if (event.shiftKey && at.inside) {
      event.preventDefault();
      event.stopImmediatePropagation();
      drag = {...at, kind: "new", from: at.t, to: at.t};
    } else if (at.left && at.m.name.startsWith("panel")) {
      drag = {...at, kind: "move"};
      document.body.style.cursor = "grabbing";
    } else if (at.inside) {
      drag = {...at, kind: "tap", x: event.clientX, y: event.clientY};
    }
  });
  on("pointerup", event => {
    const was = drag;
    drag = null;
    document.body.style.cursor = "";
    if (was?.kind === "new") {
      event.stopImmediatePropagation();
      box("draft", 0, 1, false);
      if (was.to !== was.from) send({do: "new", start: was.from, stop: was.to, panel: was.m.name});
    } else if (was?.kind === "move") {
      const at = under(event);
      if (at && at.m !== was.m) send({do: "move", panel: was.m.name, to: at.m.name});
    } else if (was?.kind === "tap") {
      const still = Math.hypot(event.clientX - was.x, event.clientY - was.y) < 4;
      const range = was.m.x_range, width = was.view.frame.bbox.width;
      if (still) {
        hold(!held);
        send({do: "tap", t: was.t, reach: 4 * (range.end - range.start) / width, held});
      } else setTimeout(edges, 60);
    }
  });
  // an edge of the selected interval was dragged: Bokeh moved the box, Python is told once
  const edges = () => {
    const chosen = model("selected");
    if (chosen?.visible) send({do: "edges", start: chosen.left, stop: chosen.right});
  };

  // ---- menu of a panel
  let menu = null;
  const close_menu = event => {
    if (menu && !(event && event.composedPath().includes(menu))) { menu.remove(); menu = null; }
  };
  on("contextmenu", event => {
    const at = locate(event);
    if (!at || !at.m.name.startsWith("panel")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    close_menu();
    menu = document.createElement("div");
    menu.setAttribute("role", "menu");
    menu.style.cssText = `position:fixed;left:${event.clientX}px;top:${event.clientY}px;z-index:9999;`
      + "background:#fff;color:#1b1b1b;border:1px solid #767676;border-radius:4px;padding:4px;font:13px system-ui";
    for (const [text, by] of [["Move up", "up"], ["Move down", "down"], ["Remove panel", "remove"]]) {
      const item = document.createElement("button");
      item.textContent = text;
      item.setAttribute("role", "menuitem");
      item.style.cssText = "display:block;width:100%;border:0;background:none;color:inherit;padding:6px 12px;text-align:left;cursor:pointer";
      item.onclick = () => { close_menu(); send({do: by, panel: at.m.name}); };
      menu.append(item);
    }
    document.body.append(menu);
    menu.firstChild.focus();
  });

  // ---- keys
  const KEYS = {
    ArrowLeft: e => ({do: "sample", by: e.shiftKey ? -10 : -1}),
    ArrowRight: e => ({do: "sample", by: e.shiftKey ? 10 : 1}),
    "[": () => ({do: "back"}), "]": () => ({do: "forward"}),
    ",": () => ({do: "step", by: -1}), ".": () => ({do: "step", by: 1}),
    "<": e => ({do: e.shiftKey ? "day" : "step", by: -1}),
    ">": e => ({do: e.shiftKey ? "day" : "step", by: 1}),
    "+": () => ({do: "zoom", by: 0.5}), "-": () => ({do: "zoom", by: 2}),
    n: () => ({do: "next"}), p: () => ({do: "previous"}), r: () => ({do: "reset"}),
    m: () => ({do: "mark"}), f: () => ({do: "frame"}),
    Delete: () => ({do: "delete"}), Backspace: () => ({do: "delete"}),
  };
  const typed = event => {
    const target = event.composedPath()[0];
    return target.isContentEditable || target.getAttribute?.("role") === "slider"
      || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName ?? "");
  };
  const mine = event => {
    root = model("bridge") && figures()[0]?.view.el;
    const host = root?.getRootNode()?.host;
    const path = event.composedPath();
    const marked = path.some(e => e.classList?.contains?.(`se-${UID}`));
    return marked || (!window.jupyterapp && !document.querySelector(".jp-LabShell")
      && (path[0] === document.body || path[0] === document.documentElement) && !!host);
  };
  on("keydown", event => {
    if (event.key === "Escape") {
      close_menu();
      if (held && mine(event)) {
        hold(false);
        send({do: "let_go"});
      }
    }
    if (typed(event) || event.altKey || !mine(event)) return;
    const ctrl = event.ctrlKey || event.metaKey, key = event.key.toLowerCase();
    let message = null;
    if (ctrl && key === "z") message = {do: event.shiftKey ? "redo" : "undo"};
    else if (ctrl && key === "y") message = {do: "redo"};
    else if (!ctrl && KEYS[event.key]) message = KEYS[event.key](event);
    if (!message) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    send(message);
  });
})();
