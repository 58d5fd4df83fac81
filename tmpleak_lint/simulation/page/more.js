"use strict";
/* Below the first fold, collapsed: every cleanup in a table, whole code, lanes, every request, leak rate, capacity.
   Parts that change with every tick are drawn only while they are open. */
const More = (() => {
  const { element, svg, coloured, short, size, line, plural } = Draw;
  const $ = (id) => document.getElementById(id);
  const open = (id) => $(id).open;

  /* -- every cleanup, equal results in one row ---------------------------------------------------------------- */
  function drawResults(state) {
    const groups = [];
    for (const step of state.all) {
      const outcome = state.outcomes.get(step.name);
      const same = groups.find((group) => group.outcome.bytes === outcome.bytes && Stage.sameResult(group.outcome, outcome));
      if (same) same.steps.push(step);
      else groups.push({ outcome, steps: [step] });
    }
    const head = ["", "served", "failed", "turned away", "valid ones", "left behind", "bytes", "inodes"];
    const cell = (value) => element("td", {}, String(value));
    $("results").replaceChildren(element("table", { class: "results" },
      element("thead", {}, element("tr", {}, ...head.map((name) => element("th", { scope: "col" }, name)))),
      element("tbody", {}, ...groups.map(({ outcome, steps }) => element("tr", { "data-strategies": steps.map((step) => step.name).join(" ") },
        element("th", { scope: "row" }, steps.map((step) => Stage.stepTitle(step)).join(", ")),
        cell(short(outcome.counts.served)), cell(short(outcome.counts.failed)), cell(short(outcome.counts.rejected)),
        cell(short(Runs.valid(outcome, state.fates))), element("td", { class: Runs.left(outcome) ? "bad" : "good" }, short(Runs.left(outcome))),
        cell(size(outcome.bytes)), cell(short(outcome.inodes)))))));
  }

  /* -- the whole code ------------------------------------------------------------------------------------------ */
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
  function drawCode(state) {
    const finding = state.finding === Runs.ALL ? state.findings[state.shown] : state.findings[0];
    const other = state.right ? Runs.cleanupUnder(finding, state.right.strategy) : null;
    drawOne(state, "left", finding.program, new Set(), new Set(other ? other.gone : []));
    $("code-left-title").textContent = `Your code: ${finding.program.title}`;
    $("code-right").parentElement.hidden = !other;
    if (other) {
      drawOne(state, "right", other.program, new Set(other.fresh), new Set());
      $("code-right-title").textContent = Stage.rightTitle(state);
    }
    $("fail-hint").textContent = state.settings.fail_at.length
      ? `Failing only at ${state.settings.fail_at.join(", ")}.` : "Requests fail at any step that can raise; choose one with ↯.";
  }
  function drawOne(state, id, program, fresh, gone) {
    const fallible = fallibleSteps(program), body = element("tbody");
    let quote = null, last = null;
    for (const source of program.source) {
      const painted = coloured(source.text.trimStart(), quote), labels = fallible.get(source.number);
      quote = painted.open;
      const zap = element("td", { class: "zap" });
      if (labels) {
        const on = labels.some((label) => state.settings.fail_at.includes(label));
        zap.append(element("button", {
          type: "button", "aria-pressed": String(on), "aria-label": `Fail at line ${source.number}: ${labels.join(", ")}`,
          title: `let the failures happen here: ${labels.join(", ")}`, "data-labels": JSON.stringify(labels),
        }, "↯"));
      }
      if (last !== null && source.number > last + 1) body.append(element("tr", { class: "way" }, element("td", { colspan: "4" }, "⋯")));
      last = source.number;
      body.append(element("tr", { class: fresh.has(source.number) ? "fresh" : gone.has(source.number) ? "gone" : "", "data-line": String(source.number) },
        element("td", { class: "no" }, String(source.number)), zap,
        element("td", { class: "src" }, source.text.slice(0, source.text.length - source.text.trimStart().length), element("span", { class: "text" }, ...painted.pieces)),
        element("td", { class: "who" })));
    }
    $(`code-${id}`).replaceChildren(element("table", { role: "presentation" }, body));
  }
  function drawCodeState(state) {
    const finding = state.finding === Runs.ALL ? state.findings[state.shown] : state.findings[0];
    for (const [id, run] of sides(state)) {
      const rows = new Map([...$(`code-${id}`).querySelectorAll("tr[data-line]")].map((row) => [Number(row.dataset.line), row]));
      for (const row of rows.values()) { row.classList.remove("here", "raises"); row.lastChild.replaceChildren(); }
      Stage.frameAt(run, state.tick).lanes.forEach((lane, index) => {
        if (!lane || state.findings[lane.program] !== finding) return;
        const row = rows.get(run.programs[lane.program].nodes[lane.node].line);
        if (!row) return;
        row.lastChild.append(element("i", { class: lane.fault ? "fault" : lane.held ? "held" : "" }, String(index + 1)));
        if (index !== state.follow) return;
        row.classList.add("here");
        if (lane.fault) row.classList.add("raises");
      });
    }
  }
  const sides = (state) => [["left", state.left], ["right", state.right]].filter(([, run]) => run);

  /* -- lanes and every request ------------------------------------------------------------------------------- */
  function drawLanes(state) {
    for (const [id] of sides(state)) {
      $(`lanes-${id}`).replaceChildren(...Array.from({ length: state.settings.lanes }, (_, index) =>
        element("button", { type: "button", class: "lane", "data-lane": String(index), "aria-pressed": String(index === state.follow) },
          element("span", { class: "index", "aria-hidden": "true" }, String(index + 1)), element("span", { class: "who" }),
          element("span", { class: "trail" }), element("span", { class: "end" }))));
    }
    for (const part of ["lanes", "ledger"]) {
      $(`${part}-right-panel`).hidden = !state.right;
      $(`${part}-right-title`).textContent = state.right ? Stage.rightTitle(state) : "";
    }
  }
  function drawLaneStates(state) {
    for (const [id, run] of sides(state)) {
      const tick = Math.min(state.tick, run.last), frame = run.frames[tick];
      [...$(`lanes-${id}`).children].forEach((box, index) => {
        const lane = frame.lanes[index] || null, [, who, trail, end] = box.children;
        who.textContent = lane ? `#${lane.request + 1}` : "";
        const steps = [];
        for (let at = tick; lane && at > 0 && steps.length < 14; at--) {
          const earlier = run.frames[at].lanes[index];
          if (!earlier || earlier.request !== lane.request) break;
          steps.unshift(earlier);
        }
        trail.replaceChildren(...steps.map((step, at) => {
          const node = run.programs[step.program].nodes[step.node];
          const label = node.kind === "exit-ok" ? "returns" : node.kind === "exit-error" ? "raises" : node.kind === "start" ? "arrives" : node.label;
          return element("span", { class: [step.held ? "held" : "", step.fault ? "fault" : "", at === steps.length - 1 ? "last" : ""].join(" ").trim() }, step.fault ? `↯ ${label}` : label);
        }));
        end.className = `end ${lane && lane.end ? lane.end : ""}`;
        end.textContent = lane && lane.end ? { served: "✓ served", failed: "● failed", rejected: "✕ turned away" }[lane.end] : "";
        box.setAttribute("aria-label", lane ? `lane ${index + 1}: request ${lane.request + 1}, ${steps.length ? trail.lastChild.textContent : ""} ${end.textContent}` : `lane ${index + 1}: idle`);
      });
    }
  }
  function drawLedger(state) {
    const count = state.settings.requests;
    for (const [id] of sides(state)) {
      $(`ledger-${id}`).style.setProperty("--dot", count > 600 ? "7px" : count > 300 ? "9px" : "13px");
      $(`ledger-${id}`).replaceChildren(...Array.from({ length: count }, () => element("i")));
    }
  }
  function drawLedgerState(state) {
    for (const [id, run] of sides(state)) {
      const frame = Stage.frameAt(run, state.tick), { counts } = frame;
      const flying = new Set(frame.lanes.filter((lane) => lane && !lane.end).map((lane) => lane.request));
      const things = frame.tables.names.concat(frame.tables.descriptors);
      const orphaned = new Set(things.filter((thing) => thing && thing.hold === "orphan").map((thing) => thing.request));
      [...$(`ledger-${id}`).children].forEach((dot, request) => {
        const ending = run.endings[request];
        let cls = ending && ending.tick <= state.tick ? ending.end : flying.has(request) ? "flight" : "";
        if (orphaned.has(request)) cls += " orphaned";
        if (dot.className !== cls) dot.className = cls;
      });
      const part = (cls, value, name) => element("span", {}, element("i", { class: `swatch ${cls}` }), element("b", {}, short(value)), ` ${name} `);
      $(`status-${id}`).replaceChildren(part("served", counts.served, "served"), part("failed", counts.failed, "failed"), part("rejected", counts.rejected, "turned away"),
        part("orphaned", counts.orphans + counts.descriptors, counts.reaped ? `left behind, ${short(counts.reaped)} reaped` : "left behind"));
    }
  }

  /* -- leak rate against error rate --------------------------------------------------------------------------- */
  function drawScatter(state) {
    const { sweep } = state;
    const width = 460, height = 250, left = 38, right = 12, top = 12, bottom = 36;
    const most = Math.max(1, ...sweep.faulted, ...sweep.orphaned);
    const x = (value) => left + ((width - left - right) * value) / most, y = (value) => height - bottom - ((height - top - bottom) * value) / most;
    $("scatter").replaceChildren(svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": "what is left behind against failing requests" },
      svg("line", { class: "axis", x1: left, x2: width - right, y1: y(0), y2: y(0) }), svg("line", { class: "axis", x1: left, x2: left, y1: top, y2: y(0) }),
      svg("path", { class: "l-soft", d: line([[x(0), y(0)], [x(most), y(most)]]) }),
      ...sweep.faulted.map((value, index) => svg("circle", { class: "dot", cx: x(value), cy: y(sweep.orphaned[index]), r: 5.5 })),
      svg("text", { x: left - 6, y: y(most) + 8, "text-anchor": "end" }, String(most)), svg("text", { x: left - 6, y: y(0) + 4, "text-anchor": "end" }, "0"),
      svg("text", { x: width - right, y: height - 20, "text-anchor": "end" }, String(most)),
      svg("text", { x: (left + width - right) / 2, y: height - 4, "text-anchor": "middle" }, `failing requests, of ${Runs.SWEEP.requests}`),
      svg("text", { x: 10, y: (top + height - bottom) / 2, "text-anchor": "middle", transform: `rotate(-90 10 ${(top + height - bottom) / 2})` }, "left behind")));
    const said = $("correlation");
    said.dataset.faulted = sweep.faulted.join(" ");
    said.dataset.orphaned = sweep.orphaned.join(" ");
    if (sweep.exact) said.replaceChildren(element("b", {}, "One orphan for each failing request, exactly."), " As written, the leak rate is the error rate: watch errors and you have watched the disk.");
    else if (!Math.max(...sweep.orphaned)) said.textContent = `As written, nothing is left at any failure rate${state.findings.some((finding) => finding.program.code) ? ": what leaks here is a rarer failure, or a second one in the same request" : ""}.`;
    else if (sweep.r === null) said.textContent = "As written, orphans come at every failure rate alike: no failure is needed.";
    else if (sweep.orphaned[0]) said.replaceChildren(element("b", {}, `${sweep.orphaned[0]} orphans without any failure.`), ` As written, they don't wait for errors: correlation ${sweep.r.toFixed(2)}.`);
    else said.replaceChildren("As written, orphans come with failures only: ", element("b", {}, `${short(sweep.perFailure)} a failing request`), `, correlation ${sweep.r.toFixed(2)}.`);
  }

  /* -- capacity: capacity.py's closed form ---------------------------------------------------------------------- */
  function capacityLoad(state) {
    const number = (id) => { const value = parseFloat($(id).value); return Number.isFinite(value) && value >= 0 ? value : null; };
    const volume = (number("cap-volume") || 50) * 1e9;
    return {
      requests: number("cap-rate") || 0, share: Math.min(1, (number("cap-share") || 0) / 100), size: (number("cap-size") || 300) * 1000,
      volume, inodes: number("cap-inodes") || Math.floor(volume / 16384), reaper: (number("cap-reaper") || 0) / 24,
      each: Runs.descriptorsOnly(state.findings) ? 0 : state.findings.some((finding) => finding.program.resource === "directory") ? 2 : 1,
    };
  }
  function capacity(state) {
    const load = capacityLoad(state), { filling } = state;
    const daily = (share) => load.requests * (share * filling.perFailure + (1 - share) * filling.perSuccess);
    const orphans = daily(load.share), storm = (daily(Math.min(1, load.share * 3)) - orphans) / 24;
    const steady = load.reaper ? orphans * load.reaper : null;
    const over = (need, room) => (need > 0 && (steady === null || steady * (need / orphans) > room) ? room / need : null);
    const bytes = over(orphans * load.size, load.volume), inodes = over(orphans * load.each, load.inodes);
    const first = bytes === null && inodes === null ? null : inodes === null || (bytes !== null && bytes <= inodes) ? "bytes" : "inodes";
    return { load, orphans, storm, steady, bytes, inodes, first };
  }
  const YEAR = 1461 / 4;
  /* A length of time in days: report.span_of. */
  function span(days) {
    if (days >= 1000 * YEAR) return "more than 1,000 years";
    if (days >= 2 * YEAR) return `${plural(days, "day")} (${plural(days / YEAR, "year")})`;
    if (days >= 2) return plural(days, "day");
    if (days * 24 >= 2) return plural(days * 24, "hour");
    return days * 1440 >= 1 ? plural(days * 1440, "minute") : "less than a minute";
  }
  function drawCapacity(state) {
    const said = $("capacity"), found = capacity(state), { load } = found;
    $("cap-rate").closest(".fields").hidden = Runs.descriptorsOnly(state.findings);
    $("capacity-chart").replaceChildren();
    $("capacity-notes").textContent = "";
    if (Runs.descriptorsOnly(state.findings)) {
      said.textContent = "Descriptors don't fill a disk: the process stops at its limit of open files, often 1,024.";
      return;
    }
    said.dataset.orphans = String(found.orphans);
    said.dataset.days = found.first ? String(found[found.first]) : "";
    if (!found.orphans) {
      said.textContent = "Nothing is left behind: nothing fills up.";
      return;
    }
    if (found.first) said.replaceChildren(`${plural(found.orphans, "orphan")} a day: the ${found.first} run out after `, element("em", {}, span(found[found.first])), ".");
    else said.textContent = `${plural(found.orphans, "orphan")} a day, of which ${found.steady < 1 ? "less than 1 stands" : found.steady === 1 ? "1 stands" : `${short(found.steady)} stand`} at any time: ${size(found.steady * load.size)}, which fits.`;
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
      svg("text", { x: left + 2, y: y(1) + 14 }, size(load.volume)), svg("text", { x: left, y: height - 5 }, "now"),
      svg("text", { x: width - right, y: height - 5, "text-anchor": "end" }, `after ${span(horizon)}`)));
    if (found.storm < 1) return; // not worth a word
    const sooner = found.storm / found.orphans;
    const then = !found.first ? `: ${short(found.steady + found.storm * Math.min(1, load.reaper * 24))} at the peak`
      : sooner < horizon ? `: full ${plural(sooner * 24, "hour")} sooner` : "";
    $("capacity-notes").textContent = `An hour with three times the failures leaves ${short(found.storm)} more${then}.`;
  }

  /* Findings beyond the page's size: what they are, and how to see each. */
  function drawLeftOut(data) {
    const box = $("left-out"), [summary, list] = box.children;
    box.hidden = !data.left_out.length;
    summary.textContent = `${data.left_out.length} more, not in this page for its size`;
    list.replaceChildren(...data.left_out.map(({ code, title, message }) => element("li", {},
      element("b", {}, code), ` ${title}: ${message} `, element("code", {}, `tmpleak-lint simulate ${title} --html page.html`))));
  }

  /* A rule's page: headings, paragraphs, code, lists. Text only, no markup of it is taken over. */
  function drawRule({ text, url }) {
    const parts = [], blocks = text.split(/^```.*\n([\s\S]*?)^```$/m);
    blocks.forEach((block, index) => {
      if (index % 2) { parts.push(element("pre", {}, block.replace(/\n$/, ""))); return; }
      for (const piece of block.split(/\n{2,}/).map((one) => one.trim()).filter(Boolean)) {
        const heading = /^(#+) (.*)/.exec(piece);
        if (heading) { if (heading[1].length > 1) parts.push(element("h3", {}, heading[2])); }
        else if (/^[-*] /.test(piece)) parts.push(element("ul", {}, ...piece.split(/\n(?=[-*] )/).map((item) => element("li", {}, ...Stage.prose(item.slice(2).replace(/\s+/g, " "))))));
        else parts.push(element("p", {}, ...Stage.prose(piece.replace(/\s+/g, " "))));
      }
    });
    $("rule-title").textContent = (/^# (.*)/.exec(text) || ["", ""])[1];
    $("rule-link").href = url;
    $("rule-text").replaceChildren(...parts);
  }

  function drawAll(state) {
    drawResults(state);
    drawCode(state);
    drawLanes(state);
    drawLedger(state);
    drawScatter(state);
    drawCapacity(state);
  }
  function drawTick(state) {
    if (open("more-code")) drawCodeState(state);
    if (open("more-lanes")) drawLaneStates(state);
    if (open("more-ledger")) drawLedgerState(state);
  }

  return { drawAll, drawTick, drawCode, drawCapacity, drawLeftOut, drawRule };
})();
