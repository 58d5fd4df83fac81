"use strict";
/* What is computed: runs of a finding (or of all) under a strategy, with a frame a tick and what happened in words.
   Knows nothing of the document. The words and numbers are those of compare.py. */
const Runs = (() => {
  const ALL = "all";
  const SWEEP = { steps: 11, stride: 50000, requests: 500, room: 20 };
  const GUARANTEED = { name: "guaranteed", title: "cleanup guaranteed", rewrite: "guaranteed", reaper: false };
  const WRITTEN = { name: "as-written", title: "as written", rewrite: "as-written", reaper: false };

  const guarantee = (finding) => (finding.guaranteed ? finding.cleanups[finding.guaranteed] : null);
  function cleanupUnder(finding, strategy) {
    const { rewrite } = strategy;
    if (rewrite === "as-written" || rewrite === "last-line") return finding.cleanups[rewrite] || null;
    return finding.cleanups[rewrite] || guarantee(finding);
  }
  const programUnder = (finding, strategy) => (cleanupUnder(finding, strategy) || finding).program;
  const descriptorsOnly = (findings) => findings.every((finding) => finding.program.resource === "descriptor");
  function shows(strategy, findings) {
    if (strategy.reaper && descriptorsOnly(findings)) return false;
    if (strategy.rewrite === "as-written") return true;
    if (strategy.rewrite === "guaranteed") return findings.some(guarantee);
    return findings.some((finding) => finding.cleanups[strategy.rewrite]);
  }
  const settingsUnder = (settings, strategy) => ({ ...settings, reaper_age: strategy.reaper ? settings.reaper_age : 0 });

  /* One run with everything that can be drawn of it. */
  function play(findings, strategy, settings) {
    const programs = findings.map((finding) => programUnder(finding, strategy));
    const run = new Engine.Run(programs, settingsUnder(settings, strategy));
    const frames = [{ tables: { names: [], descriptors: [] }, lanes: [], counts: { ...run.counts }, arrived: 0 }];
    const endings = [], faults = [], events = [];
    const copy = (table) => table.map((thing) => thing && { request: thing.request, hold: thing.hold, made: thing.made });
    let arrived = 0;
    run.play((lanes) => {
      const tick = frames.length, before = frames[tick - 1].counts;
      for (const lane of lanes) {
        if (!lane) continue;
        arrived = Math.max(arrived, lane.request + 1);
        if (lane.fault) faults[lane.request] = { tick, program: lane.program, node: lane.node };
        if (lane.end) endings[lane.request] = { tick, end: lane.end, program: lane.program };
      }
      frames.push({
        tables: { names: copy(run.tables.names), descriptors: copy(run.tables.descriptors) },
        lanes, counts: { ...run.counts }, arrived,
      });
      if (run.counts.orphaned > before.orphaned) {
        const lost = lanes.filter((lane) => lane && lane.end).find((lane) => stays(frames[tick], lane.request));
        if (lost) events.push({ tick, kind: "orphan", request: lost.request });
      }
      if (run.broke && run.broke.tick === tick) events.push({ tick, kind: "full", request: run.broke.request });
    });
    return { strategy, programs, frames, endings, faults, events, outcome: run.outcome(), last: frames.length - 1 };
  }
  const stays = (frame, request) => [...frame.tables.names, ...frame.tables.descriptors]
    .some((thing) => thing && thing.hold === "orphan" && thing.request === request);

  /* How every request ends with the cleanup guaranteed; where none holds, with room for all: compare.served_otherwise. */
  function fates(findings, settings) {
    const room = findings.some(guarantee) ? {} : { slots: settings.requests * SWEEP.room };
    const programs = findings.map((finding) => programUnder(finding, GUARANTEED));
    return Engine.run(programs, { ...settings, ...room, reaper_age: 0 }).ends;
  }
  const valid = (outcome, served) => outcome.ends.filter((end, request) => end === "rejected" && served[request] === "served").length;

  const { short } = Draw;
  const left = (outcome) => outcome.counts.orphans + outcome.counts.descriptors;
  function story(outcome, settings, turnedAway) {
    const { counts, broke } = outcome, slots = settings.slots;
    let text = broke
      ? `full at request ${broke.request + 1} (${broke.orphans} left behind, ${slots - broke.orphans} in use); ` +
        `${short(counts.rejected)} turned away, ${short(turnedAway)} of them valid` +
        (left(outcome) === broke.orphans ? "" : `; ${short(left(outcome))} left behind in the end`)
      : `never full: at most ${outcome.peak} of ${slots} slots in use` + (left(outcome) ? `, ${short(left(outcome))} left behind` : "");
    if (counts.reaped_in_use) text += `; the reaper took ${short(counts.reaped_in_use)} still in use`;
    return text;
  }
  function partly(findings, strategy) {
    if (strategy.rewrite === "as-written") return "";
    const many = strategy.rewrite === "guaranteed";
    const have = findings.filter((finding) => (many ? guarantee(finding) : finding.cleanups[strategy.rewrite])).length;
    if (have === findings.length) return "";
    return `; ${have} of ${findings.length} findings ${many ? "have a cleanup that holds" : "can be cleaned up so"}`;
  }

  /* The failure rate from 0 to 50 % in a directory with room for everything: compare.correlate. */
  function swept(findings, settings) {
    const programs = findings.map((finding) => finding.program);
    const faulted = [], orphaned = [];
    let last = null;
    for (let index = 0; index < SWEEP.steps; index++) {
      last = Engine.run(programs, {
        ...settings, requests: SWEEP.requests, slots: SWEEP.requests * SWEEP.room,
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

  /* What an event of a run is called. The line that was skipped is the first deletion of the program. */
  function told(run, event) {
    const number = event.request + 1;
    if (event.kind === "full") return `Full: request ${number} finds no free slot and is turned away.`;
    const ending = run.endings[event.request], program = run.programs[ending.program];
    const thing = { directory: "directory", descriptor: "descriptor", file: "file" }[program.resource];
    const stays = thing === "descriptor" ? "its descriptor stays open" : `its ${thing} stays`;
    const fault = run.faults[event.request];
    const skipped = skippedRow(program, fault);
    if (fault) {
      const node = program.nodes[fault.node];
      const where = `Request ${number} failed at ${node.label}${node.line ? ` in line ${node.line}` : ""}`;
      return skipped && skipped !== node.line ? `${where}, so line ${skipped} never ran: ${stays}.` : `${where}: ${stays}.`;
    }
    return skipped ? `Request ${number} left past line ${skipped}, without a failure: ${stays}.`
      : `Request ${number} is ${ending.end === "served" ? "served" : "over"}, and nothing deletes what it made: ${stays}.`;
  }

  /* The first deletion below a failure; without one, or with none below, the first there is. */
  function skippedRow(program, fault) {
    const rows = [...new Set(program.nodes.filter((node) => node.kind === "release" && node.line).map((node) => node.line))].sort((a, b) => a - b);
    return rows.find((row) => !fault || row >= program.nodes[fault.node].line) ?? rows[0];
  }

  /* Why it filled up, when all is over. */
  function summed(run) {
    const { counts } = run.outcome, total = counts.orphaned, lost = run.events.filter((event) => event.kind === "orphan");
    const plural = total === 1 ? "request" : "requests";
    const program = run.programs.length === 1 ? run.programs[0] : null;
    const skipped = program && skippedRow(program, lost.length ? run.faults[lost[0].request] : null);
    const skip = skipped ? `line ${skipped} was skipped` : program ? "nothing in the code deletes it" : "its cleanup was skipped or is not there";
    if (!total) return `Full, though every file is deleted in the end: too many at once.`;
    if (counts.orphaned_by_faulted === total) return `${short(total)} failing ${plural} left something behind, since ${skip} each time.`;
    if (!counts.orphaned_by_faulted) return `${short(total)} ${plural} left something behind without failing: ${skip}.`;
    return `${short(total)} ${plural} left something behind, ${short(counts.orphaned_by_faulted)} of them after a failure: ${skip}.`;
  }

  return { summed, ALL, GUARANTEED, WRITTEN, SWEEP, guarantee, cleanupUnder, descriptorsOnly, shows, play, fates, valid, left, story, partly, swept, told };
})();
