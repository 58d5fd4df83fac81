"use strict";
/* The first fold: two directories side by side, the code that differs under each, what happens in words, the strip.
   In: a `state` (see page.js) with its two runs. Draws into the page; answers no control. */
const Stage = (() => {
  const { element, svg, coloured, short, stairs, time } = Draw;
  const $ = (id) => document.getElementById(id);
  function face(kind, state) {
    const slots = state.settings.slots, things = state.findings.every((finding) => finding.program.resource === "directory") ? "directories" : "files";
    return kind === "names" ? `/tmp, room for ${short(slots)} ${slots === 1 ? things.replace(/ies$/, "y").replace(/s$/, "") : things}` : `open descriptors, ${short(slots)} at most`;
  }
  const HOLDS = { used: "in use", orphan: "orphan", delivered: "handed over" };
  const MOST_ROWS = 7;
  const STEPS = {
    "as-written": ["your code", ""],
    "last-line": ["moved to the last line", "The same deletion, further down: people take it for a fix. An exception above it skips it all the same."],
    "try-finally": ["finally", "What stands in `finally` runs on every way out: return, exception, cancellation."],
    with: ["with", "The end of a `with` is run whatever ends it: it deletes there."],
    finalize: ["weakref.finalize", "The file goes with the object that keeps it, whoever forgets to close it."],
    close: ["close()", "The object deletes its file when it is closed, which its users have to do."],
    guard: ["delete and raise again", "What raises before the hand-over deletes the file and goes on raising; afterwards the receiver owns it."],
    "add-cleanup": ["addCleanup()", "The test runner deletes it, whatever the test does."],
    fix: ["the tool's fix", "What `--fix` would write."],
    guaranteed: ["cleanup guaranteed", "Each finding with a cleanup that holds there."],
  };
  const stepTitle = (strategy) => (strategy.reaper && strategy.rewrite === "as-written" ? "a reaper beside it"
    : STEPS[strategy.rewrite][0] + (strategy.reaper ? " + reaper" : ""));
  const stepText = (strategy, state) => (strategy.reaper
    ? `A job beside the code deletes whatever is older than ${time(state.settings.reaper_age)}, in use or not: what was lost goes late, what is slow may go early.`
    : strategy.name === "last-line" && state.findings.every((finding) => !(finding.cleanups["last-line"] || {}).leaks)
      ? "The same deletion, further down, where every way comes by." : STEPS[strategy.rewrite][1]);

  /* A message begins with a capital, and what stands in backticks is code. */
  const prose = (text) => (text.slice(0, 1).toUpperCase() + text.slice(1)).split("`")
    .map((part, index, parts) => (index % 2 && index < parts.length - 1 ? element("code", {}, part) : index % 2 ? `\`${part}` : part));

  /* -- words ---------------------------------------------------------------------------------------------- */
  /* How many requests fail; none where nothing in the code can, whatever the share is that was asked for. */
  function failing(state) {
    const ppm = state.settings.failure_ppm, sides = [state.left, state.right].filter(Boolean);
    if (!ppm || sides.every((side) => !side.outcome.counts.failed)) return "no request fails";
    return Number.isInteger(1e6 / ppm) ? `1 of ${1e6 / ppm} requests fails` : `${short(ppm / 1e4)}% of the requests fail`;
  }
  const nothingFails = (state) => failing(state) === "no request fails";
  const question = (state) => `${short(state.settings.slots)} slots, ${failing(state)}: ${state.right ? "which one fills up?" : "does it fill up?"}`;

  function verdict(state) {
    const { left, right } = state, mine = left.outcome;
    const stay = Runs.left(mine), turned = Runs.valid(mine, state.fates);
    const first = mine.broke ? `Your code is full at request ${mine.broke.request + 1}: ${short(turned)}\u00a0valid ${turned === 1 ? "request" : "requests"} turned away.`
      : stay ? `Your code left ${short(stay)} behind: room for ${short(Math.max(0, state.settings.slots - stay))} more.` : "Your code leaves nothing behind.";
    const parts = [element("span", { class: stay || mine.broke ? "bad" : "good" }, `${first} `)];
    if (right) parts.push(element("span", { class: Runs.left(right.outcome) || right.outcome.broke ? "bad" : "good" }, other(state)));
    return parts;
  }
  function other(state) {
    const theirs = state.right.outcome, stay = Runs.left(theirs), title = rightTitle(state);
    if (sameResult(state.left.outcome, theirs)) return stay ? `${title}: the same leak.` : `${title}: the same.`;
    if (theirs.broke) return `${title}: full at request ${theirs.broke.request + 1}.`;
    if (state.right.strategy.reaper && theirs.counts.reaped) return `${title}: ${mopped(state, theirs)}.`;
    return stay ? `${title}: ${short(stay)} left behind.` : `${title}: nothing left behind, ${short(theirs.counts.served)} served.`;
  }
  function mopped(state, outcome) {
    return `${short(outcome.counts.reaped - outcome.counts.reaped_in_use)} of ${short(outcome.counts.orphaned)} mopped up, ${time(state.settings.reaper_age)} late`;
  }
  const results = (outcome) => ["served", "failed", "rejected", "orphans", "descriptors", "orphaned"].map((name) => outcome.counts[name]).join(" ");
  const sameResult = (one, two) => results(one) === results(two);

  function rightTitle(state) {
    const { strategy } = state.right;
    const title = stepTitle(strategy);
    if (state.step === "as-written" && strategy.rewrite === "guaranteed") return `With cleanup guaranteed${partOf(state)}`;
    return title[0].toUpperCase() + title.slice(1);
  }

  /* -- drawn anew with every choice -------------------------------------------------------------------------- */
  function drawSteps(state) {
    let before = null;
    $("steps").replaceChildren(...state.steps.map((step, index) => {
      const outcome = state.outcomes.get(step.name), stay = Runs.left(outcome), on = step.name === state.step;
      const mine = state.outcomes.get("as-written");
      let said = stay ? `${short(stay)} left behind` : "nothing left";
      if (step.reaper && outcome.counts.reaped) said = mopped(state, outcome);
      else if (index && sameResult(outcome, mine)) said = stay ? "same leak" : "the same";
      else if (before && sameResult(outcome, before)) said = "same result";
      const joined = index > 1 && before && sameResult(outcome, before);
      before = outcome;
      const flags = Object.fromEntries(Object.entries({ ...outcome.counts, rejected_valid: Runs.valid(outcome, state.fates), bytes: outcome.bytes, inodes: outcome.inodes, peak: outcome.peak })
        .map(([name, value]) => [`data-${name.replaceAll("_", "-")}`, String(value)]));
      const title = step.also ? `${stepTitle(step)} = ${step.also.map(stepTitle).join(", ")}` : stepTitle(step);
      return element("button", {
        type: "button", role: "radio", "aria-checked": String(on), tabindex: on ? "0" : "-1",
        class: `step${joined && state.seen ? " joined" : ""}${stay ? " leaks" : ""}`, "data-strategy": step.name, ...flags,
      }, element("span", { class: "number", "aria-hidden": "true" }, String(index + 1)),
      element("span", { class: "name" }, title), element("span", { class: "result" }, state.seen ? said : ""));
    }));
    $("steps").classList.toggle("seen", state.seen);
  }

  function drawSides(state) {
    for (const [id, run] of [["left", state.left], ["right", state.right]]) {
      const box = $(id);
      box.hidden = !run;
      if (!run) { box.replaceChildren(); continue; }
      const kinds = new Set(state.findings.map((finding) => (finding.program.resource === "descriptor" ? "descriptors" : "names")));
      const tables = ["names", "descriptors"].filter((kind) => kinds.has(kind)).map((kind) => {
        const count = state.settings.slots;
        const slots = element("div", { class: `slots${count > 24 || kinds.size > 1 ? " many" : ""}`, "data-table": kind, role: "img" });
        for (let place = 0; place < count; place++) slots.append(element("div", { class: "slot" }, element("span", {}, ""), element("small", {}, "")));
        return element("div", { class: "table" }, element("div", { class: "slots-head" },
          element("span", { class: "face" }, face(kind, state)), element("span", { class: "fill" })), slots);
      });
      const title = id === "left" ? "Your code" : rightTitle(state);
      const note = id === "right" && state.step === "as-written" ? guaranteeName(state) : "";
      box.replaceChildren(
        element("div", { class: "side-head" }, element("h2", {}, title, note ? element("small", {}, ` ${note}`) : null)), element("p", { class: "tally" }),
        element("div", { class: "tables" }, ...tables), element("ol", { class: "excerpt", "aria-label": `${title}: lines that differ` }));
    }
    $("pair").classList.toggle("alone", !state.right);
    drawExcerpts(state);
  }
  /* Where not every finding has a cleanup that holds: how many do. */
  function partOf(state) {
    const have = state.findings.filter(Runs.guarantee).length;
    return have < state.findings.length ? ` in ${have} of ${state.findings.length}` : "";
  }
  function guaranteeName(state) {
    if (state.findings.length > 1) return "";
    const cleanup = Runs.guarantee(state.findings[0]);
    return cleanup ? STEPS[cleanup.name][0] : "";
  }

  /* The lines in which the two differ, with the creation and the step that fails between them. */
  function drawExcerpts(state) {
    const finding = state.finding === Runs.ALL ? state.findings[state.shown] : state.findings[0];
    state.rows = {};
    for (const [id, run] of [["left", state.left], ["right", state.right]]) {
      if (!run) continue;
      const cleanup = Runs.cleanupUnder(finding, run.strategy), other = state.right ? Runs.cleanupUnder(finding, state.right.strategy) : null;
      const program = cleanup ? cleanup.program : finding.program;
      const marks = new Map();
      const mark = (row, cls) => row && marks.set(row, marks.get(row) || cls);
      if (cleanup) for (const row of cleanup.fresh) mark(row, "fresh");
      else if (other) for (const row of other.gone) mark(row, "gone");
      for (const node of program.nodes) if (node.kind === "create" || node.kind === "release") mark(node.line, "");
      const risky = finding.row || (finding.program.nodes.find((node) => node.kind === "risky") || {}).line;
      const text = (finding.program.source.find((line) => line.number === risky) || {}).text;
      const there = cleanup ? program.source.find((line) => text && line.text.trim() === text.trim()) : { number: risky };
      if (there) mark(there.number, "");
      const lines = program.source.filter((line) => marks.has(line.number) && !/^\s*(import|from)\s/.test(line.text));
      const shown = chosenLines(lines, marks);
      const least = Math.min(...shown.map((line) => line.text.length - line.text.trimStart().length), 99);
      const rows = new Map();
      const list = [];
      let last = null;
      for (const line of shown) {
        if (last !== null && line.number > last + 1) list.push(element("li", { class: "gap", "aria-hidden": "true" }, "⋯"));
        const row = element("li", { class: marks.get(line.number), "data-line": String(line.number) }, element("span", { class: "no" }, String(line.number)),
          element("span", { class: "src" }, ...coloured(line.text.slice(least)).pieces), element("span", { class: "who" }));
        row.style.setProperty("--deep", String(line.text.length - line.text.trimStart().length - least)); // a long line goes on below itself
        rows.set(line.number, row);
        list.push(row);
        last = line.number;
      }
      if (run.strategy.reaper) list.push(element("li", { class: "fresh" }, element("span", { class: "no" }, ""), element("span", { class: "src aside" }, `a job beside it deletes what is older than ${time(state.settings.reaper_age)}`)));
      state.rows[id] = { rows, finding };
      $(id).querySelector(".excerpt").replaceChildren(...list);
    }
  }
  function chosenLines(lines, marks) {
    if (lines.length <= MOST_ROWS) return lines;
    const fresh = lines.filter((line) => marks.get(line.number));
    const others = lines.filter((line) => !marks.get(line.number));
    const kept = new Set([...others.slice(0, 2), ...fresh, ...others.slice(2)].slice(0, MOST_ROWS));
    return lines.filter((line) => kept.has(line));
  }

  const CHART = { height: 64, left: 24, right: 6, top: 8, bottom: 4 };
  function drawChart(state) {
    const { height, left, right, top, bottom } = CHART, last = Math.max(1, state.last);
    const width = Math.max(280, $("chart").clientWidth);
    const slots = state.settings.slots;
    const x = (tick) => left + ((width - left - right) * tick) / last;
    const y = (value) => height - bottom - ((height - top - bottom) * value) / (slots * 1.08);
    const table = Runs.descriptorsOnly(state.findings) ? "descriptors" : "names";
    const used = (frame) => frame.tables[table].filter(Boolean).length;
    const orphans = (frame) => frame.counts[table === "names" ? "orphans" : "descriptors"];
    const points = (run, value) => run.frames.map((frame, tick) => [x(tick).toFixed(1), y(value(frame)).toFixed(1)]);
    const label = state.seen ? Runs.story(state.left.outcome, state.settings, Runs.valid(state.left.outcome, state.fates)) : "slots in use over time";
    const drawing = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label },
      svg("clipPath", { id: "so-far" }, svg("rect", { id: "so-far-box", x: 0, y: 0, width: 0, height })),
      svg("line", { class: "axis", x1: left, x2: width - right, y1: y(0), y2: y(0) }),
      svg("line", { class: "cap", x1: left, x2: width - right, y1: y(slots), y2: y(slots) }),
      svg("text", { x: left - 5, y: y(slots) + 4, "text-anchor": "end" }, String(slots)),
      svg("text", { x: left - 5, y: y(0), "text-anchor": "end" }, "0"),
      svg("g", { "clip-path": "url(#so-far)" },
        svg("path", { class: "a-used", d: stairs(points(state.left, used), y(0)) }), svg("path", { class: "a-orphan", d: stairs(points(state.left, orphans), y(0)) }),
        state.right ? svg("path", { class: "l-right", d: stairs(points(state.right, used)) }) : null,
        ...brokeMarks(state, x, y, width, slots)),
      svg("line", { class: "head", id: "playhead", y1: 2, y2: y(0) }));
    $("chart").replaceChildren(drawing);
    state.x = x;
    state.tickAt = (clientX) => {
      const box = drawing.getBoundingClientRect();
      return Math.round((((clientX - box.left) / box.width) * width - left) / (width - left - right) * last);
    };
  }
  function brokeMarks(state, x, y, width, slots) {
    const { broke } = state.left.outcome;
    if (!broke) return [];
    const at = x(broke.tick), flip = at > width - 60;
    return [svg("line", { class: "broke-line", x1: at, x2: at, y1: y(slots), y2: y(0) }),
      svg("text", { class: "broke", x: at + (flip ? -5 : 5), y: y(slots) + 14, "text-anchor": flip ? "end" : "start" }, "full")];
  }

  function drawLegend() {
    const marks = [["free", "free slot"], ["used", "in use"], ["delivered", "handed over"], ["orphan", "orphan: left behind"], ["dot-flight", "a request, on its line"], ["dot-held", "one that holds a file"],
      ["dot-fault", "fails here"], ["gone-line", "line that goes"], ["fresh-line", "line that comes"], ["line-right", "the other one, in the strip"]];
    $("legend").replaceChildren(...marks.map(([cls, text]) => element("li", {}, element("i", { class: `swatch ${cls}`, "aria-hidden": "true" }), text)));
  }

  /* -- drawn with every tick --------------------------------------------------------------------------------- */
  const frameAt = (run, tick) => run.frames[Math.min(tick, run.last)];
  function drawTick(state) {
    for (const [id, run] of [["left", state.left], ["right", state.right]]) {
      if (!run) continue;
      const frame = frameAt(run, state.tick);
      drawSlots($(id), frame, state);
      drawLines(id, run, frame, state);
      const { counts } = frame, kept = counts.orphans + counts.descriptors;
      $(id).querySelector(".tally").replaceChildren(count(counts.served, "served"), count(counts.failed, "failed"), count(counts.rejected, "turned away"), count(kept, "left behind"));
    }
    const at = state.x(state.tick);
    $("so-far-box").setAttribute("width", state.tick ? at : 0);
    $("playhead").setAttribute("x1", at);
    $("playhead").setAttribute("x2", at);
    drawFeed(state);
    drawWords(state);
  }
  const count = (value, name) => element("span", { class: `n-${name.replace(" ", "-")}${value ? "" : " none"}` }, element("b", {}, short(value)), ` ${name}`);

  function drawSlots(side, frame, state) {
    for (const box of side.querySelectorAll(".slots")) {
      const table = frame.tables[box.dataset.table];
      let used = 0, orphans = 0;
      [...box.children].forEach((slot, place) => {
        const thing = table[place] || null;
        if (thing) used += 1;
        if (thing && thing.hold === "orphan") orphans += 1;
        const cls = thing ? `slot ${thing.hold}` : "slot";
        const was = slot.classList.item(1), onward = state.tick > state.lastTick && state.tick - state.lastTick < 8 && state.lastTick >= 0;
        let moving = thing && thing.made === state.tick && state.lastTick !== state.tick ? " fresh" : "";
        if (onward && !thing && (was === "used" || was === "delivered")) moving = " gone";
        if (onward && thing && thing.hold === "orphan" && was && was !== "orphan") moving = " stays";
        if (slot.className !== cls + moving) slot.className = cls + moving;
        slot.firstChild.textContent = thing ? `#${thing.request + 1}` : "";
        slot.lastChild.textContent = thing ? HOLDS[thing.hold] : "";
      });
      const full = used === state.settings.slots;
      const head = box.previousSibling.lastChild;
      head.className = full ? "fill full" : "fill";
      head.textContent = full ? `full: ${orphans} of ${used} left behind` : `${used} of ${state.settings.slots} in use${orphans ? `, ${orphans} left behind` : ""}`;
      box.setAttribute("aria-label", `${face(box.dataset.table, state)}: ${head.textContent}`);
    }
  }

  /* Where the requests are; the line of a failing one is lit, else that of the one that is followed. */
  function drawLines(id, run, frame, state) {
    const { rows, finding } = state.rows[id];
    for (const row of rows.values()) {
      row.classList.remove("here", "raises");
      if (row.lastChild.firstChild) row.lastChild.replaceChildren();
    }
    const here = frame.lanes.filter((lane) => lane && state.findings[lane.program] === finding);
    const lineOf = (lane) => { const node = run.programs[lane.program].nodes[lane.node]; return node.kind.startsWith("exit") ? 0 : node.line; };
    for (const lane of here) {
      const row = rows.get(lineOf(lane));
      if (row) row.lastChild.append(element("i", { class: lane.fault ? "fault" : lane.held ? "held" : "" }));
    }
    const followed = frame.lanes[state.follow] && here.includes(frame.lanes[state.follow]) ? frame.lanes[state.follow] : here[0];
    const lit = here.find((lane) => lane.fault && rows.has(lineOf(lane))) || (followed && rows.has(lineOf(followed)) ? followed : here.find((lane) => rows.has(lineOf(lane))));
    if (!lit) return;
    const row = rows.get(lineOf(lit));
    row.classList.add("here");
    if (lit.fault) row.classList.add("raises");
  }

  const FED = 12;
  function drawFeed(state) {
    const frame = frameAt(state.left, state.tick), arrived = frame.arrived, total = state.settings.requests;
    const dots = [];
    for (let request = Math.max(0, arrived - FED); request < Math.max(arrived, FED) && request < total; request++) {
      const fails = [state.right, state.left].some((run) => run && run.faults[request] && run.faults[request].tick <= state.tick && run.outcome.ends[request] !== "rejected");
      dots.push(element("i", { class: request >= arrived ? "" : fails ? "fails" : "came" }));
    }
    $("arrivals").replaceChildren(
      element("span", { class: "arrows" }, state.right ? "← " : "", element("b", {}, short(arrived)), state.right ? " →" : ""),
      element("span", { class: "dots" }, ...dots),
      element("span", { class: "of" }, state.right ? `of ${short(total)} requests, the same to both` : `of ${short(total)} requests`));
  }

  function lastEvent(state) {
    for (const run of [state.left, state.right]) {
      if (!run) continue;
      const event = run.events.findLast((one) => one.tick <= state.tick);
      if (event) return { run, event };
    }
    return null;
  }
  function drawWords(state) {
    const ended = state.tick >= state.last, found = lastEvent(state);
    $("headline").replaceChildren(...(ended ? verdict(state) : [element("span", {}, question(state)), element("span", { class: "guess" }, state.tick ? "\u00a0" : "Guess, then press Play.")]));
    $("stage").classList.toggle("ended", ended);
    const strategy = state.steps.find((step) => step.name === state.step);
    const one = state.findings.length === 1 ? state.findings[0] : null;
    const outcome = state.outcomes.get(state.step);
    const words = state.step === "as-written"
      ? one ? one.message : "Requests go to the findings in turn; whatever one function loses, all of them pay for."
      : stepText(strategy, state);
    const told = `${stepTitle(strategy)}: ${Runs.story(outcome, state.settings, Runs.valid(outcome, state.fates))}${Runs.partly(state.findings, strategy)}.`;
    const wanted = ended ? told : words;
    if ($("subline").dataset.text !== wanted) {
      $("subline").dataset.text = wanted;
      $("subline").replaceChildren(...prose(wanted));
    }
    let text = state.tick ? "Each request makes a file, works with it and deletes it." : `Press Play: the same requests come to both${nothingFails(state) ? "" : ", and the same of them fail"}.`;
    if (!state.right && !state.tick) text = `Press Play: requests come in${nothingFails(state) ? "" : ", and some of them fail"}.`;
    if (state.tick && one && state.tick < 4) text = "The first requests arrive.";
    if (found) text = ended ? Runs.summed(found.run) : Runs.told(found.run, found.event);
    $("narration").classList.toggle("alarm", Boolean(found));
    if ($("narration").dataset.text !== text) {
      $("narration").dataset.text = text;
      $("narration").replaceChildren(...prose(text));
    }
  }

  return { drawSteps, drawSides, drawExcerpts, drawChart, drawLegend, drawTick, prose, stepTitle, rightTitle, verdict, question, nothingFails, frameAt, sameResult };
})();
