"use strict";
/* The page: reads its data, computes runs with Engine, draws them and answers the controls. */
(() => {
  const { element, svg, coloured, short, size, stairs, line } = Draw;
  const data = Data.read(document.getElementById("data").textContent);
  const $ = (id) => document.getElementById(id);
  const ALL = "all";
  const SWEEP = { steps: 11, stride: 50000, requests: 500, room: 20 };
  const FACES = { file: "/tmp", directory: "/tmp", descriptor: "open descriptors" };
  const still = matchMedia("(prefers-reduced-motion: reduce)");

  const state = {
    finding: 0, strategy: "as-written", tick: 0, follow: 0, playing: false,
    settings: { ...data.settings, fail_at: [...data.settings.fail_at] },
  };
  let frames = [], outcomes = new Map(), endings = [], rows = new Map(), sweep = null, filling = null, headX = null;

  /* -- what is played ---------------------------------------------------------------------------------- */
  const shownFindings = () => (state.finding === ALL ? data.findings : [data.findings[state.finding]]);
  const descriptorsOnly = (findings) => findings.every((finding) => finding.program.resource === "descriptor");
  function shows(strategy, findings) {
    if (strategy.rewrite === "fix") return findings.some((finding) => finding.fixed);
    if (strategy.reaper && descriptorsOnly(findings)) return false;
    return findings.some((finding) => finding.rewrites[strategy.rewrite]);
  }
  function programUnder(finding, strategy) {
    if (strategy.rewrite === "fix") return finding.fixed || finding.program;
    return Engine.rewritten(finding.program, finding.rewrites[strategy.rewrite] || finding.rewrites["try-finally"]);
  }
  const programsUnder = (strategy) => shownFindings().map((finding) => programUnder(finding, strategy));
  const settingsUnder = (strategy) => ({ ...state.settings, reaper_age: strategy.reaper ? state.settings.reaper_age : 0 });
  const strategies = () => data.strategies.filter((strategy) => shows(strategy, shownFindings()));
  const chosen = () => strategies().find((strategy) => strategy.name === state.strategy) || strategies()[0];

  function compute() {
    state.strategy = chosen().name;
    outcomes = new Map(strategies().map((strategy) =>
      [strategy.name, Engine.run(programsUnder(strategy), settingsUnder(strategy))]));
    const run = new Engine.Run(programsUnder(chosen()), settingsUnder(chosen()));
    frames = [{ tables: { names: [], descriptors: [] }, lanes: [], counts: { ...run.counts } }];
    endings = [];
    run.play((lanes) => {
      const copy = (table) => table.map((thing) => thing && { request: thing.request, hold: thing.hold, made: thing.made });
      frames.push({
        tables: { names: copy(run.tables.names), descriptors: copy(run.tables.descriptors) },
        lanes, counts: { ...run.counts },
      });
      for (const lane of lanes) {
        if (lane && lane.end) endings[lane.request] = { tick: frames.length - 1, end: lane.end };
      }
    });
    sweep = swept(shownFindings());
    // A disk fills with names alone: with both kinds in the run, the capacity is that of the files.
    const files = shownFindings().filter((finding) => finding.program.resource !== "descriptor");
    filling = files.length === shownFindings().length || !files.length ? sweep : swept(files);
    state.tick = Math.min(state.tick, frames.length - 1);
  }

  /* The failure rate from 0 to 50 % in a directory with room for everything: compare.correlate. */
  function swept(findings) {
    const programs = findings.map((finding) => finding.program);
    const faulted = [], orphaned = [];
    let last = null;
    for (let index = 0; index < SWEEP.steps; index++) {
      last = Engine.run(programs, {
        ...state.settings, requests: SWEEP.requests, slots: SWEEP.requests * SWEEP.room,
        failure_ppm: index * SWEEP.stride, reaper_age: 0,
      }).counts;
      faulted.push(last.faulted);
      orphaned.push(last.orphaned);
    }
    const unharmed = SWEEP.requests - last.faulted;
    return {
      faulted, orphaned, r: pearson(faulted, orphaned),
      exact: faulted.every((value, index) => value === orphaned[index]) && Math.max(...faulted) > 0,
      perFailure: last.faulted ? last.orphaned_by_faulted / last.faulted : 0,
      perSuccess: unharmed ? (last.orphaned - last.orphaned_by_faulted) / unharmed : 0,
    };
  }
  function pearson(one, other) {
    const n = one.length, sum = (values) => values.reduce((total, value) => total + value, 0);
    const covariance = n * sum(one.map((x, index) => x * other[index])) - sum(one) * sum(other);
    const first = n * sum(one.map((x) => x * x)) - sum(one) ** 2;
    const second = n * sum(other.map((x) => x * x)) - sum(other) ** 2;
    return first && second ? covariance / (Math.sqrt(first) * Math.sqrt(second)) : null;
  }

  function story(outcome, strategy) {
    const { counts, broke } = outcome, slots = state.settings.slots;
    const left = counts.orphans + counts.descriptors;
    let text = broke
      ? `full at request ${broke.request + 1}, orphans hold ${broke.orphans} of ${slots} slots; ` +
        `${short(counts.rejected)} turned away, ${short(counts.rejected_valid)} of them valid`
      : `never full: at most ${outcome.peak} of ${slots} slots in use` + (left ? `, ${short(left)} left behind` : "");
    if (counts.reaped_in_use) text += `; the reaper took ${short(counts.reaped_in_use)} still in use`;
    const findings = shownFindings(), fixed = findings.filter((finding) => finding.fixed).length;
    if (strategy.rewrite === "fix" && fixed < findings.length) text += `; ${fixed} of ${findings.length} findings have a fix`;
    return text;
  }

  /* -- parts that change with the choice ---------------------------------------------------------------- */
  /* A message begins with a capital, and what stands in backticks is code. */
  const prose = (text) => (text.slice(0, 1).toUpperCase() + text.slice(1)).split("`")
    .map((part, index, parts) => (index % 2 && index < parts.length - 1 ? element("code", {}, part) : index % 2 ? `\`${part}` : part));
  function drawLede() {
    const findings = shownFindings(), outcome = outcomes.get(state.strategy), one = findings.length === 1 ? findings[0] : null;
    $("kicker").replaceChildren(...(one
      ? [element("b", {}, one.program.code || "clean"), ` ${one.name ? one.name + " · " : ""}${one.program.title} · ${one.program.function}()`]
      : [`${findings.length} findings share one directory`]));
    const left = outcome.counts.orphans + outcome.counts.descriptors;
    const failing = short(state.settings.failure_ppm / 10000);
    const head = outcome.broke
      ? [element("em", {}, `Full at request ${outcome.broke.request + 1}.`), ` ${short(outcome.counts.rejected_valid)}\u00a0valid requests turned away.`]
      : left
        ? [element("em", {}, `${short(left)} left behind,`), ` and room for ${short(Math.max(0, state.settings.slots - left))} more.`]
        : [element("em", { class: "good" }, "Nothing left behind,"), ` though ${failing}% of the requests ${failing === "0" ? "may" : ""} fail.`];
    $("headline").replaceChildren(...head);
    $("message").replaceChildren(...(one ? prose(one.message) : ["Requests go to the findings in turn; whatever one function loses, all of them pay for."]));
    const nav = $("findings");
    nav.hidden = data.findings.length < 2;
    nav.replaceChildren(
      ...(data.findings.length > 1 ? [findingLink(ALL, "all together")] : []),
      ...data.findings.map((finding, index) => findingLink(index, `${finding.program.code} ${finding.program.title}`)));
    const current = nav.querySelector("[aria-current]");
    if (current) nav.scrollTop = Math.max(0, current.offsetTop - nav.offsetTop - nav.clientHeight / 2);
  }
  const commonFolder = data.findings.map((finding) => finding.program.title).reduce((common, title) => {
    while (!title.startsWith(common)) common = common.slice(0, common.lastIndexOf("/", common.length - 2) + 1);
    return common;
  }, data.findings[0].program.title.slice(0, data.findings[0].program.title.lastIndexOf("/") + 1));
  function findingLink(value, text) {
    const number = value === ALL ? ALL : value + 1;
    return element("a", { href: `#finding=${number}`, title: text, "aria-current": state.finding === value ? "true" : null, "data-finding": number }, text.replace(commonFolder, ""));
  }

  /* Findings beyond the page's size: what they are, and how to see each. */
  function drawLeftOut() {
    const box = $("left-out"), [summary, list] = box.children;
    box.hidden = !data.left_out.length;
    summary.textContent = `${data.left_out.length} more, not in this page for its size`;
    list.replaceChildren(...data.left_out.map(({ code, title, message }) => element("li", {},
      element("b", {}, code), ` ${title}: ${message} `, element("code", {}, `tmpleak-lint simulate ${title} --html page.html`))));
  }

  function drawCards() {
    $("cards").replaceChildren(...strategies().map((strategy) => {
      const outcome = outcomes.get(strategy.name), counts = outcome.counts, left = counts.orphans + counts.descriptors;
      const on = strategy.name === state.strategy;
      const flags = Object.fromEntries(Object.entries({ ...counts, bytes: outcome.bytes, inodes: outcome.inodes, peak: outcome.peak })
        .map(([name, value]) => [`data-${name.replaceAll("_", "-")}`, String(value)]));
      const bar = element("span", { class: "bar", "aria-hidden": "true" });
      for (const end of ["served", "failed", "rejected"]) {
        if (counts[end]) bar.append(element("i", { class: end, style: `flex:${counts[end]}` }));
      }
      const sub = element("span", { class: "sub" }, `${short(counts.served)} served, ${short(counts.failed)} failed`);
      if (counts.rejected) sub.append(", ", element("b", {}, `${short(counts.rejected)} rejected`));
      return element("button", {
        type: "button", role: "radio", "aria-checked": String(on), tabindex: on ? "0" : "-1", class: `card${left ? "" : " clean"}`,
        "data-strategy": strategy.name, title: story(outcome, strategy), ...flags,
      }, element("span", { class: "name" }, strategy.title),
      element("span", { class: "big" }, short(left), element("small", {}, left === 1 ? "orphan" : "orphans")), bar, sub);
    }));
  }

  function drawCode() {
    const findings = shownFindings(), strategy = chosen();
    const finding = findings.length === 1 ? findings[0] : findings[followed()?.program ?? 0];
    const fixed = strategy.rewrite === "fix" && finding.fixed;
    const program = fixed ? finding.fixed : finding.program;
    const rewrite = (!fixed && (finding.rewrites[strategy.rewrite] || finding.rewrites["try-finally"])) || { ghosts: [], struck: [], label: "" };
    const fallible = fallibleSteps(program);
    rows = new Map();
    const body = element("tbody");
    const paint = (text) => {
      const painted = coloured(text, open);
      open = painted.open;
      return painted.pieces;
    };
    const leading = (text) => text.length - text.trimStart().length;
    const add = (key, cls, number, source, labels) => {
      const who = element("td", { class: "who" });
      const zap = element("td", { class: "zap" });
      if (labels && labels.length) {
        const on = labels.some((label) => state.settings.fail_at.includes(label));
        zap.append(element("button", {
          type: "button", "aria-pressed": String(on), "aria-label": `Fail at line ${number}: ${labels.join(", ")}`,
          title: `let the failures happen here: ${labels.join(", ")}`, "data-labels": JSON.stringify(labels),
        }, "↯"));
      }
      const row = element("tr", { class: cls }, element("td", { class: "no" }, number), zap,
        element("td", { class: "src" }, source.slice(0, leading(source)), element("span", { class: "text" }, ...paint(source.trimStart()))), who);
      rows.set(key, { row, who });
      body.append(row);
    };
    const lastNumber = program.source.length ? program.source[program.source.length - 1].number : 0;
    const known = new Set(finding.program.source.map((source) => source.text.trim()));
    let open = null;
    // What a new try or with holds stands further in, as it would in the file.
    const opens = rewrite.ghosts.find((ghost) => /^\s*(try:|with )/.test(ghost.text));
    const inside = (source) => opens && source.number > opens.after && source.text.trim() && leading(source.text) >= leading(opens.text);
    for (const source of program.source) {
      const cls = rewrite.struck.includes(source.number) ? "struck" : fixed && !known.has(source.text.trim()) ? "ghost" : "";
      add(source.number, cls, String(source.number), `${inside(source) ? "    " : ""}${source.text}`, fallible.get(source.number));
      rewrite.ghosts.forEach((ghost, index) => {
        if (ghost.after === source.number) add(`ghost ${index}`, "ghost", "+", ghost.text, null);
      });
      if (source.number === lastNumber) {
        add("exit-ok", "way", "", "⤷ returns", null);
        add("exit-error", "way", "", "↯ an exception leaves", null);
      }
    }
    $("code").replaceChildren(element("table", { role: "presentation" }, body));
    $("code-title").textContent = findings.length > 1 ? finding.program.title : "The code";
    $("code-hint").textContent = fallible.size ? "↯ choose where requests fail" : "";
    $("fail-hint").textContent = state.settings.fail_at.length
      ? `Failing only at ${state.settings.fail_at.join(", ")}.` : "Failing at any step that can raise; choose one with ↯ in the code.";
    const guard = rewrite.ghosts.findLastIndex((ghost) => ghost.text.includes(rewrite.label));
    rows.guard = guard >= 0 ? `ghost ${guard}` : rewrite.ghosts.length ? "ghost 0" : "exit-ok";
    rows.finding = finding;
  }
  function fallibleSteps(program) {
    const raising = new Set(), onward = new Set(), found = new Map();
    for (const edge of program.edges) (edge.kind === "error" ? raising : onward).add(edge.from);
    for (const node of program.nodes) {
      if (!raising.has(node.id) || !onward.has(node.id) || node.kind === "release" || !node.line) continue;
      const labels = found.get(node.line) || [];
      if (!labels.includes(node.label)) found.set(node.line, [...labels, node.label]);
    }
    return found;
  }
  const rowOf = (program, node) => (node.line && rows.has(node.line) && !node.kind.startsWith("exit") ? node.line
    : node.kind === "release" && !node.line ? rows.guard : node.kind.startsWith("exit") ? node.kind : null);

  function drawTables() {
    const kinds = new Set(shownFindings().map((finding) => (finding.program.resource === "descriptor" ? "descriptors" : "names")));
    $("tables").replaceChildren(...["names", "descriptors"].filter((kind) => kinds.has(kind)).map((kind) => {
      const slots = element("div", { class: `slots${state.settings.slots > 24 ? " many" : ""}`, "data-table": kind, role: "img" });
      for (let place = 0; place < state.settings.slots; place++) {
        slots.append(element("div", { class: "slot" }, element("span", {}, ""), element("small", {}, "")));
      }
      return element("div", {}, element("div", { class: "slots-head" },
        element("h2", {}, kind === "names" ? FACES.file : FACES.descriptor), element("span", { class: "fill" })), slots);
    }));
  }

  function drawLanes() {
    $("lanes").replaceChildren(...Array.from({ length: state.settings.lanes }, (_, index) =>
      element("button", { type: "button", class: "lane", "data-lane": String(index), "aria-pressed": String(index === state.follow) },
        element("span", { class: "index", "aria-hidden": "true" }, String(index + 1)), element("span", { class: "who" }),
        element("span", { class: "trail" }), element("span", { class: "end" }))));
  }

  function drawLedger() {
    const ledger = $("ledger"), count = state.settings.requests;
    // Beside little code there is room for larger dots.
    const roomy = rows.size < 14 && innerWidth > 760;
    ledger.style.setProperty("--dot", count > 600 ? "7px" : count > 300 ? "9px" : roomy ? "19px" : "12px");
    ledger.replaceChildren(...Array.from({ length: count }, () => element("i")));
    $("ledger-legend").replaceChildren(...["served", "failed", "rejected"].map((end) => element("span", {}, element("i", { class: `swatch ${end}` }), end)));
  }

  const CHART = { height: 200, left: 34, right: 12, top: 16, bottom: 22 };
  function drawChart() {
    const { height, left, right, top, bottom } = CHART, last = frames.length - 1;
    const width = Math.max(280, $("chart").clientWidth);
    const slots = state.settings.slots, faults = frames[last].counts.faulted;
    const ceiling = Math.max(slots, Math.min(faults, slots * 3)) * 1.06;
    const x = (tick) => left + ((width - left - right) * tick) / Math.max(1, last);
    const y = (value) => height - bottom - ((height - top - bottom) * Math.min(value, ceiling)) / ceiling;
    const table = descriptorsOnly(shownFindings()) ? "descriptors" : "names";
    const used = (frame) => frame.tables[table].filter(Boolean).length;
    const orphans = (frame) => frame.counts[table === "names" ? "orphans" : "descriptors"];
    $("chart-title").textContent = table === "names" ? "The directory over time" : "Open descriptors over time";
    const area = (value) => stairs(frames.map((frame, tick) => [x(tick).toFixed(1), y(value(frame)).toFixed(1)]), y(0));
    const outcome = outcomes.get(state.strategy);
    const drawing = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": story(outcome, chosen()) },
      svg("path", { class: "a-used", d: area(used) }), svg("path", { class: "a-orphan", d: area(orphans) }),
      svg("path", { class: "l-failed", d: stairs(frames.map((frame, tick) => [x(tick).toFixed(1), y(frame.counts.faulted).toFixed(1)])) }),
      svg("line", { class: "axis", x1: left, x2: width - right, y1: y(0), y2: y(0) }),
      svg("line", { class: "cap", x1: left, x2: width - right, y1: y(slots), y2: y(slots) }),
      svg("text", { x: left - 6, y: y(slots) + 4, "text-anchor": "end" }, String(slots)),
      svg("text", { x: left - 6, y: y(0) + 4, "text-anchor": "end" }, "0"),
      svg("text", { x: left, y: height - 6 }, "tick 0"), svg("text", { x: width - right, y: height - 6, "text-anchor": "end" }, `tick ${last}`));
    if (outcome.broke) {
      const at = x(outcome.broke.tick), flip = at > width - 110;
      drawing.append(svg("line", { class: "broke-line", x1: at, x2: at, y1: y(slots), y2: y(0) }),
        svg("text", { class: "broke", x: at + (flip ? -5 : 5), y: y(slots) - 5, "text-anchor": flip ? "end" : "start" }, "full"));
    }
    drawing.append(svg("line", { class: "head", id: "playhead", y1: top - 8, y2: y(0) }));
    $("chart").replaceChildren(drawing);
    $("chart").onclick = (event) => {
      const box = drawing.getBoundingClientRect();
      pause();
      seek(Math.round((((event.clientX - box.left) / box.width) * width - left) / (width - left - right) * last));
    };
    headX = x;
  }

  function drawScatter() {
    const width = 380, height = 250, left = 38, right = 12, top = 12, bottom = 36;
    const most = Math.max(1, ...sweep.faulted, ...sweep.orphaned);
    const x = (value) => left + ((width - left - right) * value) / most, y = (value) => height - bottom - ((height - top - bottom) * value) / most;
    $("scatter").replaceChildren(svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": "orphans against failing requests" },
      svg("line", { class: "axis", x1: left, x2: width - right, y1: y(0), y2: y(0) }), svg("line", { class: "axis", x1: left, x2: left, y1: top, y2: y(0) }),
      svg("path", { class: "l-soft", d: line([[x(0), y(0)], [x(most), y(most)]]) }),
      ...sweep.faulted.map((value, index) => svg("circle", { class: "dot", cx: x(value), cy: y(sweep.orphaned[index]), r: 5.5 })),
      svg("text", { x: left - 6, y: y(most) + 8, "text-anchor": "end" }, String(most)), svg("text", { x: left - 6, y: y(0) + 4, "text-anchor": "end" }, "0"),
      svg("text", { x: width - right, y: height - 20, "text-anchor": "end" }, String(most)),
      svg("text", { x: (left + width - right) / 2, y: height - 4, "text-anchor": "middle" }, `failing requests, of ${SWEEP.requests}`),
      svg("text", { x: 10, y: (top + height - bottom) / 2, "text-anchor": "middle", transform: `rotate(-90 10 ${(top + height - bottom) / 2})` }, "orphans")));
    const said = $("correlation");
    said.dataset.faulted = sweep.faulted.join(" ");
    said.dataset.orphaned = sweep.orphaned.join(" ");
    if (sweep.exact) said.replaceChildren(element("b", {}, "One orphan for each failing request, exactly."), " As written, the leak rate is the error rate: watch errors and you have watched the disk.");
    else if (!Math.max(...sweep.orphaned)) said.textContent = `As written, no orphans at any failure rate${shownFindings().some((finding) => finding.program.code) ? ": what leaks here is a rarer failure, or a second one in the same request" : ""}.`;
    else if (sweep.r === null) said.textContent = "As written, the orphans come at every failure rate alike: no failure is needed.";
    else if (sweep.orphaned[0]) said.replaceChildren(element("b", {}, `${sweep.orphaned[0]} orphans without any failure.`), ` As written, they don't wait for errors: correlation ${sweep.r.toFixed(2)}.`);
    else said.replaceChildren("As written, orphans come with failures only: ", element("b", {}, `${short(sweep.perFailure)} a failing request`), `, correlation ${sweep.r.toFixed(2)}.`);
  }

  /* -- capacity: capacity.py's closed form ---------------------------------------------------------------- */
  function capacityLoad() {
    const number = (id) => { const value = parseFloat($(id).value); return Number.isFinite(value) && value >= 0 ? value : null; };
    const volume = (number("cap-volume") || 50) * 1e9;
    return {
      requests: number("cap-rate") || 0, share: Math.min(1, (number("cap-share") || 0) / 100), size: (number("cap-size") || 300) * 1000,
      volume, inodes: number("cap-inodes") || Math.floor(volume / 16384), reaper: (number("cap-reaper") || 0) / 24,
      each: descriptorsOnly(shownFindings()) ? 0 : shownFindings().some((finding) => finding.program.resource === "directory") ? 2 : 1,
    };
  }
  function capacity() {
    const load = capacityLoad();
    const daily = (share) => load.requests * (share * filling.perFailure + (1 - share) * filling.perSuccess);
    const orphans = daily(load.share), storm = (daily(Math.min(1, load.share * 3)) - orphans) / 24;
    const steady = load.reaper ? orphans * load.reaper : null;
    const over = (need, room) => (need > 0 && (steady === null || steady * (need / orphans) > room) ? room / need : null);
    const bytes = over(orphans * load.size, load.volume), inodes = over(orphans * load.each, load.inodes);
    const first = bytes === null && inodes === null ? null : inodes === null || (bytes !== null && bytes <= inodes) ? "bytes" : "inodes";
    return { load, orphans, storm, steady, bytes, inodes, first };
  }
  function drawCapacity() {
    const said = $("capacity"), found = capacity(), { load } = found;
    const days = (value) => `${short(value)} days`;
    $("cap-rate").closest(".fields").hidden = descriptorsOnly(shownFindings());
    if (descriptorsOnly(shownFindings())) {
      said.textContent = "Descriptors don't fill a disk: the process stops at its limit of open files, often 1,024.";
      $("capacity-chart").replaceChildren();
      $("capacity-notes").textContent = "";
      return;
    }
    said.dataset.orphans = String(found.orphans);
    said.dataset.days = found.first ? String(found[found.first]) : "";
    if (!found.orphans) said.textContent = "No orphans: nothing fills up.";
    else if (found.first) said.replaceChildren(`${short(found.orphans)} orphans a day: the ${found.first} run out after `, element("em", {}, days(found[found.first])), ".");
    else said.replaceChildren(`${short(found.orphans)} orphans a day, of which ${short(found.steady)} stand at any time: `, `${size(found.steady * load.size)}, never full.`);
    const horizon = found.first ? Math.min(...[found.bytes, found.inodes].filter((value) => value !== null)) : 30;
    const width = 470, height = 130, left = 8, right = 8, top = 12, bottom = 20;
    const used = (day) => {
      const standing = found.orphans * (load.reaper ? Math.min(day, load.reaper) : day);
      return Math.max((standing * load.size) / load.volume, load.inodes ? (standing * load.each) / load.inodes : 0);
    };
    const x = (day) => left + ((width - left - right) * day) / horizon, y = (value) => height - bottom - (height - top - bottom) * Math.min(1, value);
    const points = Array.from({ length: 61 }, (_, index) => (horizon * index) / 60).concat(load.reaper && load.reaper < horizon ? [load.reaper] : []).sort((a, b) => a - b);
    const drawn = points.map((day) => [x(day), y(used(day))]);
    $("capacity-chart").replaceChildren(svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": said.textContent },
      svg("path", { class: "a-orphan", d: `${line(drawn)}L${x(horizon)},${y(0)}L${x(0)},${y(0)}Z` }),
      svg("line", { class: "axis", x1: left, x2: width - right, y1: y(0), y2: y(0) }), svg("line", { class: "cap", x1: left, x2: width - right, y1: y(1), y2: y(1) }),
      svg("text", { x: left + 2, y: y(1) + 14 }, size(load.volume)), svg("text", { x: left, y: height - 5 }, "day 0"),
      svg("text", { x: width - right, y: height - 5, "text-anchor": "end" }, `day ${short(horizon)}`)));
    $("capacity-notes").textContent = found.orphans
      ? `An hour with three times the failures leaves ${short(found.storm)} more` + (found.first ? `: full ${short((found.storm / found.orphans) * 24)} hours sooner.` : `: ${short(found.steady + found.storm * Math.min(1, load.reaper * 24))} at the peak.`)
      : "";
  }

  /* -- parts that change with every tick ------------------------------------------------------------------ */
  /* The chosen lane, or while it is idle the first that isn't. */
  const followedIndex = () => {
    const lanes = frames[state.tick]?.lanes || [];
    return lanes[state.follow] ? state.follow : lanes.findIndex((lane) => lane);
  };
  const followed = () => frames[state.tick]?.lanes[followedIndex()] || null;
  const nodeOf = (lane) => programsNow[lane.program].nodes[lane.node];
  let programsNow = [], lastTick = -1;

  function drawTick() {
    const frame = frames[state.tick], last = frames.length - 1;
    if (state.finding === ALL && followed() && shownFindings()[followed().program] !== rows.finding) drawCode();
    $("scrub").max = String(last);
    $("scrub").value = String(state.tick);
    $("scrub").setAttribute("aria-valuetext", `tick ${state.tick} of ${last}`);
    $("clock").replaceChildren(`tick ${state.tick}`, element("span", { class: "of" }, ` of ${last}`));
    drawSlots(frame);
    drawLaneStates(frame);
    drawCodeState(frame);
    const x = headX(state.tick);
    $("playhead").setAttribute("x1", x);
    $("playhead").setAttribute("x2", x);
    drawLedgerState(frame);
    lastTick = state.tick;
  }
  function drawSlots(frame) {
    for (const box of document.querySelectorAll(".slots")) {
      const table = frame.tables[box.dataset.table];
      let used = 0, orphans = 0;
      [...box.children].forEach((slot, place) => {
        const thing = table[place] || null;
        if (thing) used += 1;
        if (thing && thing.hold === "orphan") orphans += 1;
        const cls = thing ? `slot ${thing.hold}` : "slot";
        const was = slot.classList.item(1), onward = state.tick > lastTick && state.tick - lastTick < 8 && lastTick >= 0;
        let moving = thing && thing.made === state.tick && lastTick !== state.tick ? " fresh" : "";
        if (onward && !thing && (was === "used" || was === "delivered")) moving = " gone";
        if (onward && thing && thing.hold === "orphan" && was && was !== "orphan") moving = " stays";
        if (slot.className !== cls + moving) slot.className = cls + moving;
        slot.firstChild.textContent = thing ? `#${thing.request + 1}` : "";
        slot.lastChild.textContent = thing ? { used: "in use", orphan: "orphan", delivered: "handed over" }[thing.hold] : "";
      });
      const full = used === state.settings.slots;
      const head = box.previousSibling.lastChild;
      head.className = full ? "fill full" : "fill";
      head.textContent = full ? `full: ${orphans} of ${used} are orphans` : `${used} of ${state.settings.slots} in use${orphans ? `, ${orphans} orphaned` : ""}`;
      box.setAttribute("aria-label", head.textContent);
    }
  }
  function drawLaneStates(frame) {
    [...$("lanes").children].forEach((box, index) => {
      const lane = frame.lanes[index] || null, [, who, trail, end] = box.children;
      who.textContent = lane ? `#${lane.request + 1}` : "";
      const steps = [];
      for (let tick = state.tick; lane && tick > 0 && steps.length < 14; tick--) {
        const earlier = frames[tick].lanes[index];
        if (!earlier || earlier.request !== lane.request) break;
        steps.unshift(earlier);
      }
      trail.replaceChildren(...steps.map((step, at) => {
        const node = nodeOf(step);
        const label = node.kind === "exit-ok" ? "returns" : node.kind === "exit-error" ? "raises" : node.kind === "start" ? "arrives" : node.label;
        return element("span", { class: [step.held ? "held" : "", step.fault ? "fault" : "", at === steps.length - 1 ? "last" : ""].join(" ").trim() }, step.fault ? `↯ ${label}` : label);
      }));
      end.className = `end ${lane && lane.end ? lane.end : ""}`;
      end.textContent = lane && lane.end ? { served: "✓ served", failed: "● failed", rejected: "✕ rejected" }[lane.end] : "";
      box.setAttribute("aria-label", lane ? `lane ${index + 1}: request ${lane.request + 1}, ${steps.length ? trail.lastChild.textContent : ""} ${end.textContent}` : `lane ${index + 1}: idle`);
    });
  }
  function drawCodeState(frame) {
    for (const { row, who } of rows.values()) {
      row.classList.remove("here", "raises");
      if (who.firstChild) who.replaceChildren();
    }
    frame.lanes.forEach((lane, index) => {
      if (!lane || shownFindings()[lane.program] !== rows.finding) return;
      const key = rowOf(rows.finding.program, nodeOf(lane));
      const spot = key === null ? null : rows.get(key);
      if (!spot) return;
      spot.who.append(element("i", { class: lane.fault ? "fault" : lane.held ? "held" : "" }, String(index + 1)));
      if (index !== followedIndex()) return;
      spot.row.classList.add("here");
      if (lane.fault) spot.row.classList.add("raises");
      const view = $("code"), at = spot.row.offsetTop;
      if (at < view.scrollTop || at + spot.row.offsetHeight > view.scrollTop + view.clientHeight) view.scrollTop = Math.max(0, at - view.clientHeight / 2);
    });
  }
  function drawLedgerState(frame) {
    const flying = new Set(frame.lanes.filter((lane) => lane && !lane.end).map((lane) => lane.request));
    const orphaned = new Set(frame.tables.names.concat(frame.tables.descriptors).filter((thing) => thing && thing.hold === "orphan").map((thing) => thing.request));
    const dots = $("ledger").children;
    for (let request = 0; request < dots.length; request++) {
      const ending = endings[request];
      let cls = ending && ending.tick <= state.tick ? ending.end : flying.has(request) ? "flight" : "";
      if (orphaned.has(request)) cls += " orphaned";
      if (dots[request].className !== cls) dots[request].className = cls;
    }
    const { counts } = frame;
    $("status").replaceChildren(element("b", {}, short(counts.served)), " served, ", element("b", {}, short(counts.failed)), " failed, ",
      element("b", {}, short(counts.rejected)), ` rejected (${short(counts.rejected_valid)} valid), `,
      element("b", {}, short(counts.orphans + counts.descriptors)), counts.reaped ? ` orphans, ${short(counts.reaped)} reaped` : " orphans");
  }

  /* -- playing --------------------------------------------------------------------------------------------- */
  let before = 0, owed = 0;
  function seek(tick) {
    state.tick = Math.max(0, Math.min(frames.length - 1, tick));
    drawTick();
  }
  function play() {
    if (state.tick >= frames.length - 1) seek(0);
    state.playing = true;
    before = performance.now();
    owed = 0;
    $("play").textContent = "❚❚";
    $("play").setAttribute("aria-label", "Pause");
    document.body.dataset.playing = "yes";
    requestAnimationFrame(advance);
  }
  function pause() {
    state.playing = false;
    $("play").textContent = "▶";
    $("play").setAttribute("aria-label", "Play");
    document.body.dataset.playing = "no";
  }
  function advance(now) {
    if (!state.playing) return;
    owed += ((now - before) / 1000) * Number($("speed").value);
    before = now;
    const steps = Math.floor(owed);
    if (steps) {
      owed -= steps;
      seek(state.tick + steps);
    }
    if (state.tick >= frames.length - 1) pause();
    else requestAnimationFrame(advance);
  }

  /* -- controls -------------------------------------------------------------------------------------------- */
  function refresh() {
    compute();
    programsNow = programsUnder(chosen());
    lastTick = -1;
    drawLede(); drawCards(); drawCode(); drawTables(); drawLanes(); drawLedger(); drawChart(); drawScatter(); drawCapacity(); drawKnobs(); drawTick();
  }
  function drawKnobs() {
    const { settings } = state;
    for (const [id, value] of [["rate", settings.failure_ppm], ["slots", settings.slots], ["requests", settings.requests], ["age", settings.reaper_age], ["seed", settings.seed]]) {
      if (document.activeElement !== $(id)) $(id).value = String(value);
    }
    $("rate-value").textContent = `${short(settings.failure_ppm / 10000)}%`;
    $("slots-value").textContent = String(settings.slots);
    $("requests-value").textContent = short(settings.requests);
    $("age-value").textContent = `${settings.reaper_age} ticks`;
    $("reaper-knob").hidden = !strategies().some((strategy) => strategy.reaper);
  }
  function choose(name, focus) {
    const ended = state.tick >= frames.length - 1;
    state.strategy = name;
    refresh();
    if (ended) seek(frames.length - 1);
    if (focus) document.querySelector('.card[aria-checked="true"]').focus();
  }
  function turn(id, read) {
    $(id).addEventListener("input", () => {
      const value = read($(id).value);
      if (!Number.isFinite(value)) return;
      const ended = state.tick >= frames.length - 1;
      state.settings[{ rate: "failure_ppm", slots: "slots", requests: "requests", age: "reaper_age", seed: "seed" }[id]] = value;
      refresh();
      if (ended) seek(frames.length - 1);
    });
  }
  function theme(name) {
    document.documentElement.dataset.theme = name;
  }
  function readHash() {
    const wanted = new URLSearchParams(location.hash.slice(1));
    const finding = wanted.get("finding");
    if (finding === ALL && data.findings.length > 1) state.finding = ALL;
    else if (data.findings[Number(finding) - 1]) state.finding = Number(finding) - 1;
    if (wanted.get("strategy")) state.strategy = wanted.get("strategy");
    if (["light", "dark"].includes(wanted.get("theme"))) theme(wanted.get("theme"));
    if (Number(wanted.get("follow"))) state.follow = Math.min(state.settings.lanes, Number(wanted.get("follow"))) - 1;
    refresh();
    seek(wanted.get("tick") === "end" ? frames.length - 1 : Number(wanted.get("tick")) || 0);
  }

  $("play").addEventListener("click", () => (state.playing ? pause() : play()));
  $("step").addEventListener("click", () => { pause(); seek(state.tick + 1); });
  $("back").addEventListener("click", () => { pause(); seek(state.tick - 1); });
  $("scrub").addEventListener("input", () => { pause(); seek(Number($("scrub").value)); });
  $("cards").addEventListener("click", (event) => {
    const card = event.target.closest(".card");
    if (card) choose(card.dataset.strategy, true);
  });
  $("cards").addEventListener("keydown", (event) => {
    const move = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    if (!move) return;
    event.preventDefault();
    event.stopPropagation();
    const names = strategies().map((strategy) => strategy.name);
    choose(names[(names.indexOf(state.strategy) + move + names.length) % names.length], true);
  });
  $("lanes").addEventListener("click", (event) => {
    const lane = event.target.closest(".lane");
    if (!lane) return;
    state.follow = Number(lane.dataset.lane);
    [...$("lanes").children].forEach((box, index) => box.setAttribute("aria-pressed", String(index === state.follow)));
    drawTick();
  });
  $("code").addEventListener("click", (event) => {
    const button = event.target.closest(".zap button");
    if (!button) return;
    const labels = JSON.parse(button.dataset.labels), on = button.getAttribute("aria-pressed") === "true";
    const row = [...$("code").querySelectorAll(".zap button")].indexOf(button);
    state.settings.fail_at = state.settings.fail_at.filter((label) => !labels.includes(label)).concat(on ? [] : labels);
    refresh();
    $("code").querySelectorAll(".zap button")[row]?.focus();
  });
  turn("rate", Number);
  turn("slots", Number);
  turn("requests", Number);
  turn("age", Number);
  turn("seed", (text) => (text === "" ? NaN : Math.min(4294967295, Math.max(0, Math.floor(Number(text))))));
  $("reset").addEventListener("click", () => { state.settings = { ...data.settings, fail_at: [...data.settings.fail_at] }; refresh(); });
  for (const id of ["cap-rate", "cap-share", "cap-size", "cap-volume", "cap-inodes", "cap-reaper"]) $(id).addEventListener("input", drawCapacity);
  $("theme").addEventListener("click", () => theme(document.documentElement.dataset.theme === "dark" ? "light" : "dark"));
  addEventListener("resize", () => { drawChart(); drawTick(); });
  addEventListener("hashchange", () => { pause(); state.tick = 0; readHash(); });
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, select, textarea")) return;
    const onControl = event.target.matches("button, a, summary");
    const keys = {
      " ": () => (onControl ? null : (state.playing ? pause() : play(), true)),
      ArrowRight: () => { pause(); seek(state.tick + 1); return true; }, ArrowLeft: () => { pause(); seek(state.tick - 1); return true; },
      Home: () => { pause(); seek(0); return true; }, End: () => { pause(); seek(frames.length - 1); return true; },
      d: () => { $("theme").click(); return true; },
    };
    const card = strategies()[Number(event.key) - 1];
    if (card) choose(card.name, false);
    else if (keys[event.key] && keys[event.key]()) event.preventDefault();
  });

  theme(matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  if (still.matches) $("speed").value = "6";
  for (const [id, value] of Object.entries(data.capacity)) $(`cap-${id}`).value = value === null ? "" : String(value);
  $("requests").max = String(Math.max(1000, state.settings.requests));
  $("slots").max = String(Math.max(60, state.settings.slots));
  $("age").max = String(Math.max(120, state.settings.reaper_age));
  drawLeftOut();
  pause();
  readHash();
  document.body.dataset.ready = "yes";
})();
