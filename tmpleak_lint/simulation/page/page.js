"use strict";
/* The page: its state, the playback, the controls. Stage draws the first fold, More what lies below. */
(() => {
  const { element, short, time, hours } = Draw;
  const data = Data.read(document.getElementById("data").textContent);
  const $ = (id) => document.getElementById(id);
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const SLOW = { ticks: 4, rate: 1.3 }; // at the first orphan
  const FAST = 4; // once your code is full, nothing new happens

  /* `step`: the strategy that is set beside the code as written; for as-written itself the guaranteed one is. */
  const state = {
    finding: data.findings.length > 1 ? Runs.ALL : 0, step: "as-written", tick: 0, lastTick: -1, follow: 0, playing: false, seen: false, shown: 0,
    settings: { ...data.settings, fail_at: [...data.settings.fail_at] }, capacity: data.capacity,
  };

  /* -- what is played ---------------------------------------------------------------------------------- */
  function compute() {
    const findings = state.finding === Runs.ALL ? data.findings : [data.findings[state.finding]];
    state.findings = findings;
    state.shown = Math.min(state.shown, findings.length - 1);
    state.all = data.strategies.filter((strategy) => Runs.shows(strategy, findings));
    if (!state.all.some((strategy) => strategy.name === "as-written")) state.all.unshift(Runs.WRITTEN);
    state.steps = merged(state.all, findings);
    if (!state.steps.some((step) => step.name === state.step)) state.step = "as-written";
    state.fates = Runs.fates(findings, state.settings);
    state.left = Runs.play(findings, Runs.WRITTEN, state.settings);
    const beside = besides(findings);
    state.right = beside && Runs.play(findings, beside, state.settings);
    state.last = Math.max(state.left.last, state.right ? state.right.last : 0);
    const settings = (strategy) => ({ ...state.settings, reaper_age: strategy.reaper ? state.settings.reaper_age : 0 });
    state.outcomes = new Map(state.all.map((strategy) =>
      [strategy.name, new Engine.Run(findings.map((finding) => (Runs.cleanupUnder(finding, strategy) || finding).program), settings(strategy)).play()]));
    state.sweep = Runs.swept(findings, state.settings);
    // A disk fills with names alone: with both kinds in the run, the capacity is that of the files.
    const files = findings.filter((finding) => finding.program.resource !== "descriptor");
    state.filling = files.length === findings.length || !files.length ? state.sweep : Runs.swept(files, state.settings);
    state.tick = Math.min(state.tick, state.last);
  }
  /* Strategies whose code is one and the same are one step, known by all their names. */
  function merged(strategies, findings) {
    const steps = [];
    for (const strategy of strategies) {
      const cleanup = findings.length === 1 && !strategy.reaper ? findings[0].cleanups[strategy.rewrite] : null;
      const same = cleanup && steps.find((step) => step.cleanup === cleanup);
      if (same) same.also = [...(same.also || []), strategy];
      else steps.push({ ...strategy, cleanup });
    }
    return steps;
  }
  function besides(findings) {
    if (state.step !== "as-written") return state.all.find((strategy) => strategy.name === state.step);
    if (findings.some(Runs.guarantee)) return Runs.GUARANTEED;
    return state.all.find((strategy) => strategy.name === "as-written+reaper" && findings.some((finding) => finding.program.code)) || null;
  }

  /* -- parts that change with the choice ---------------------------------------------------------------- */
  const commonFolder = data.findings.map((finding) => finding.program.title).reduce((common, title) => {
    while (!title.startsWith(common)) common = common.slice(0, common.lastIndexOf("/", common.length - 2) + 1);
    return common;
  }, data.findings[0].program.title.slice(0, data.findings[0].program.title.lastIndexOf("/") + 1));
  function drawHead() {
    const one = state.findings.length === 1 ? state.findings[0] : null;
    $("kicker").replaceChildren(...(one
      ? [element("b", {}, one.program.code || "clean"), ` ${one.name ? one.name + " · " : ""}${one.program.title} · ${one.program.function}()`]
      : [element("b", {}, `${data.findings.length} findings`), " share one directory"]));
    $("finding-label").hidden = data.findings.length < 2;
    $("finding").value = state.finding === Runs.ALL ? Runs.ALL : String(state.finding + 1);
    const best = one && (chosenCleanup(one) || Runs.guarantee(one));
    $("copy-fix").hidden = !best;
    $("rule").hidden = !one || !data.rules[one.program.code];
    $("copy-command").hidden = !data.command;
  }
  const chosenCleanup = (finding) => { const found = finding.cleanups[state.step]; return found && !found.leaks ? found : null; };
  function drawFindings() {
    $("finding").replaceChildren(element("option", { value: Runs.ALL }, "all together"),
      ...data.findings.map((finding, index) => element("option", { value: String(index + 1) }, `${finding.program.code} ${finding.program.title.replace(commonFolder, "")}`)));
  }
  function drawKnobs() {
    const { settings } = state;
    for (const [id, value] of [["rate", settings.failure_ppm], ["slots", settings.slots], ["requests", settings.requests], ["age", settings.reaper_age], ["seed", settings.seed]]) {
      if (document.activeElement !== $(id) || id !== "seed") $(id).value = String(value);
    }
    // Where nothing in the code can fail, there is nothing to set.
    const none = !Math.max(...state.sweep.faulted) && Stage.nothingFails(state);
    $("rate").disabled = none;
    $("rate-value").textContent = none ? "none" : `${short(settings.failure_ppm / 10000)}%`;
    $("slots-value").textContent = String(settings.slots);
    $("requests-value").textContent = short(settings.requests);
    $("age-value").textContent = time(settings.reaper_age);
    $("reaper-knob").hidden = !state.all.some((strategy) => strategy.reaper);
  }
  function refresh() {
    compute();
    state.lastTick = -1;
    if (state.tick >= state.last) state.seen = true;
    drawHead();
    drawKnobs();
    Stage.drawSteps(state);
    Stage.drawSides(state);
    Stage.drawChart(state);
    More.drawAll(state);
    drawTick();
  }
  function drawTick() {
    followFinding();
    Stage.drawTick(state);
    More.drawTick(state);
    $("scrub").max = String(state.last);
    $("scrub").value = String(state.tick);
    $("scrub").setAttribute("aria-valuetext", `${hours(state.tick)} of ${hours(state.last)} hours`);
    $("clock").replaceChildren(hours(state.tick), element("span", { class: "of" }, ` of ${hours(state.last)}`), " h");
    state.lastTick = state.tick;
  }
  /* With several findings the code shown is that of the request which failed last. */
  function followFinding() {
    if (state.finding !== Runs.ALL) return;
    const event = state.left.events.findLast((one) => one.tick <= state.tick && one.kind === "orphan");
    const shown = event ? state.left.endings[event.request].program : 0;
    if (shown === state.shown) return;
    state.shown = shown;
    Stage.drawExcerpts(state);
    if ($("more-code").open) More.drawCode(state);
  }

  /* -- playing --------------------------------------------------------------------------------------------- */
  let before = 0, owed = 0;
  const say = (text) => { $("said").textContent = text; };
  function seek(tick) {
    state.tick = Math.max(0, Math.min(state.last, tick));
    const ends = state.tick === state.last && !state.seen;
    if (ends) {
      state.seen = true;
      Stage.drawSteps(state);
      Stage.drawChart(state);
    }
    drawTick();
  }
  function announce(from) {
    for (const event of [state.left.events.find((one) => one.kind === "orphan"), state.left.events.find((one) => one.kind === "full")]) {
      if (event && event.tick > from && event.tick <= state.tick) say(Runs.told(state.left, event));
    }
    if (state.tick === state.last) say(`${$("headline").textContent} ${$("subline").textContent}`);
  }
  function face(playing) {
    $("play").firstChild.textContent = playing ? "❚❚" : "▶";
    $("play").lastChild.textContent = playing ? "Pause" : state.seen && state.tick === state.last ? "Again" : "Play";
    document.body.dataset.playing = playing ? "yes" : "no";
  }
  function play() {
    if (state.tick >= state.last) seek(0);
    state.playing = true;
    before = performance.now();
    owed = 0;
    face(true);
    say(`Playing. ${Stage.question(state)}`);
    requestAnimationFrame(advance);
  }
  function pause() {
    state.playing = false;
    face(false);
  }
  /* It goes slowly past the first orphan, and faster once your code is full. */
  function pace() {
    const chosen = Number($("speed").value), first = state.left.events.find((event) => event.kind === "orphan");
    if (first && state.tick >= first.tick && state.tick < first.tick + SLOW.ticks) return Math.min(chosen, SLOW.rate);
    const full = state.left.events.find((event) => event.kind === "full");
    return full && state.tick > full.tick + SLOW.ticks ? chosen * FAST : chosen;
  }
  function advance(now) {
    if (!state.playing) return;
    owed += (Math.min(now - before, 1000) / 1000) * pace();
    before = now;
    if (owed >= 1) {
      const from = state.tick, first = state.left.events.find((event) => event.kind === "orphan");
      let to = from + Math.floor(owed);
      if (first && from < first.tick && to > first.tick) to = first.tick; // the first orphan is not jumped over
      owed = to === from + Math.floor(owed) ? owed - Math.floor(owed) : 0;
      seek(to);
      announce(from);
    }
    if (state.tick >= state.last) pause();
    else requestAnimationFrame(advance);
  }

  /* -- controls -------------------------------------------------------------------------------------------- */
  function choose(name, focus) {
    const ended = state.tick >= state.last;
    state.step = name;
    refresh();
    if (ended) {
      seek(state.last);
      announce(state.last);
    }
    if (focus) document.querySelector('.step[aria-checked="true"]').focus();
  }
  function turn(id, name, read) {
    $(id).addEventListener("input", () => {
      const value = read($(id).value);
      if (!Number.isFinite(value)) return;
      const ended = state.tick >= state.last;
      state.settings[name] = value;
      refresh();
      if (ended) seek(state.last);
    });
  }
  async function copy(button, text) {
    const name = button.textContent;
    let done = true;
    try {
      await navigator.clipboard.writeText(text);
    } catch { // without a secure context or the permission: the old way
      const area = element("textarea", { readonly: true, class: "sr" });
      area.value = text;
      document.body.append(area);
      area.select();
      done = document.execCommand("copy");
      area.remove();
      button.focus();
    }
    button.dataset.copied = done ? text : "";
    button.textContent = done ? "Copied" : "Could not copy";
    say(button.textContent);
    setTimeout(() => { button.textContent = name; }, 1600);
  }
  function theme(name) { document.documentElement.dataset.theme = name; }
  function readHash() {
    const wanted = new URLSearchParams(location.hash.slice(1));
    const finding = wanted.get("finding");
    if (finding === Runs.ALL && data.findings.length > 1) state.finding = Runs.ALL;
    else if (data.findings[Number(finding) - 1]) state.finding = Number(finding) - 1;
    if (wanted.get("strategy")) state.step = wanted.get("strategy").replace(" ", "+"); // which a query's plus stands for
    if (["light", "dark"].includes(wanted.get("theme"))) theme(wanted.get("theme"));
    if (Number(wanted.get("follow"))) state.follow = Math.min(state.settings.lanes, Number(wanted.get("follow"))) - 1;
    document.body.classList.toggle("embedded", wanted.has("embed"));
    state.seen = false;
    state.tick = 0;
    refresh();
    seek(wanted.get("tick") === "end" ? state.last : Number(wanted.get("tick")) || 0);
    face(false);
  }

  $("play").addEventListener("click", () => (state.playing ? pause() : play()));
  $("step").addEventListener("click", () => { pause(); seek(state.tick + 1); });
  $("back").addEventListener("click", () => { pause(); seek(state.tick - 1); });
  $("scrub").addEventListener("input", () => { pause(); seek(Number($("scrub").value)); });
  $("chart").addEventListener("click", (event) => { pause(); seek(state.tickAt(event.clientX)); });
  $("finding").addEventListener("change", () => { location.hash = `finding=${$("finding").value}`; });
  $("steps").addEventListener("click", (event) => {
    const step = event.target.closest(".step");
    if (step) choose(step.dataset.strategy, true);
  });
  $("steps").addEventListener("keydown", (event) => {
    const move = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!move) return;
    event.preventDefault();
    event.stopPropagation();
    const names = state.steps.map((step) => step.name);
    choose(names[(names.indexOf(state.step) + move + names.length) % names.length], true);
  });
  $("more-lanes").addEventListener("click", (event) => {
    const lane = event.target.closest(".lane");
    if (!lane) return;
    state.follow = Number(lane.dataset.lane);
    for (const box of document.querySelectorAll(".lane")) box.setAttribute("aria-pressed", String(Number(box.dataset.lane) === state.follow));
    drawTick();
  });
  $("more-code").addEventListener("click", (event) => {
    const button = event.target.closest(".zap button");
    if (!button) return;
    const labels = JSON.parse(button.dataset.labels), on = button.getAttribute("aria-pressed") === "true", name = button.getAttribute("aria-label");
    const id = button.closest(".code").id;
    state.settings.fail_at = state.settings.fail_at.filter((label) => !labels.includes(label)).concat(on ? [] : labels);
    refresh();
    [...$(id).querySelectorAll(".zap button")].find((one) => one.getAttribute("aria-label") === name)?.focus();
  });
  for (const id of ["more-code", "more-lanes", "more-ledger"]) $(id).addEventListener("toggle", () => More.drawTick(state));
  turn("rate", "failure_ppm", Number);
  turn("slots", "slots", Number);
  turn("requests", "requests", Number);
  turn("age", "reaper_age", Number);
  turn("seed", "seed", (text) => (text === "" ? NaN : Math.min(4294967295, Math.max(0, Math.floor(Number(text))))));
  $("reset").addEventListener("click", () => { state.settings = { ...data.settings, fail_at: [...data.settings.fail_at] }; refresh(); });
  for (const id of ["cap-rate", "cap-share", "cap-size", "cap-volume", "cap-inodes", "cap-reaper"]) $(id).addEventListener("input", () => More.drawCapacity(state));
  $("theme").addEventListener("click", () => theme(document.documentElement.dataset.theme === "dark" ? "light" : "dark"));
  $("copy-fix").addEventListener("click", () => { const one = state.findings[0]; copy($("copy-fix"), (chosenCleanup(one) || Runs.guarantee(one)).patch); });
  $("copy-command").addEventListener("click", () => copy($("copy-command"), data.command));
  $("rule").addEventListener("click", () => { More.drawRule(data.rules[state.findings[0].program.code]); $("rule-page").showModal(); });
  $("rule-close").addEventListener("click", () => $("rule-page").close());
  addEventListener("resize", () => { Stage.drawChart(state); drawTick(); });
  addEventListener("hashchange", () => { pause(); readHash(); });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || $("rule-page").open || event.target.matches("input, select, textarea")) return;
    const onControl = event.target.matches("button, a, summary");
    const keys = {
      " ": () => (onControl ? null : (state.playing ? pause() : play(), true)),
      ArrowRight: () => { pause(); seek(state.tick + 1); return true; }, ArrowLeft: () => { pause(); seek(state.tick - 1); return true; },
      Home: () => { pause(); seek(0); return true; }, End: () => { pause(); seek(state.last); return true; },
      d: () => { $("theme").click(); return true; },
    };
    const step = state.steps[Number(event.key) - 1];
    if (step) choose(step.name, false);
    else if (keys[event.key] && keys[event.key]()) event.preventDefault();
  });

  theme(matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  if (still.matches) $("speed").value = "6";
  for (const [id, value] of Object.entries(data.capacity)) $(`cap-${id}`).value = value === null ? "" : String(value);
  $("requests").max = String(Math.max(1000, state.settings.requests));
  $("slots").max = String(Math.max(60, state.settings.slots));
  $("age").max = String(Math.max(120, state.settings.reaper_age));
  More.drawLeftOut(data);
  Stage.drawLegend();
  drawFindings();
  pause();
  readHash();
  document.body.dataset.ready = "yes";
})();
