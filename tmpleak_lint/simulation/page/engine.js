"use strict";
/* The simulation's engine, the same as engine.py: same programs, settings and seed give the same numbers.
   In: programs and settings as plain objects. Out: {ticks, counts, peak, bytes, inodes, broke, by_program, ends} and a frame
   a tick. Knows nothing of the page; runs in node too, where the tests compare it with Python. */
const Engine = (() => {
  const GOLDEN = 0x9e3779b9;
  const PATIENCE = 200;
  const MILLION = 1000000;
  const EXITS = new Set(["exit-ok", "exit-error"]);

  function mix(value) {
    value >>>= 0;
    value = Math.imul(value ^ (value >>> 16), 0x85ebca6b) >>> 0;
    value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35) >>> 0;
    return (value ^ (value >>> 16)) >>> 0;
  }

  class Stream {
    constructor(seed, number) { this.state = mix(seed ^ mix(number + GOLDEN)); }
    draw() {
      this.state = (this.state + GOLDEN) >>> 0;
      return mix(this.state);
    }
    below(bound) { return Math.floor((this.draw() * bound) / 4294967296); }
  }

  function distancesToExit(program) {
    const entering = program.nodes.map(() => []);
    for (const edge of program.edges) entering[edge.to].push(edge.from);
    const distance = program.nodes.map(() => null);
    let layer = program.nodes.filter((node) => EXITS.has(node.kind)).map((node) => node.id);
    for (let steps = 0; layer.length; steps++) {
      const following = [];
      for (const number of layer) {
        if (distance[number] === null) {
          distance[number] = steps;
          following.push(...entering[number]);
        }
      }
      layer = following;
    }
    return distance;
  }

  class Graph {
    constructor(program) {
      this.program = program;
      this.start = program.nodes.find((node) => node.kind === "start").id;
      this.distance = distancesToExit(program);
      this.onward = program.nodes.map(() => []);
      this.error = program.nodes.map(() => []);
      for (const edge of program.edges) (edge.kind === "error" ? this.error : this.onward)[edge.from].push(edge);
    }
    canFail(node, labels) {
      if (!this.error[node].length || !this.onward[node].length) return false;
      const row = this.program.nodes[node];
      if (labels.length) return labels.includes(row.label);
      return row.kind !== "create" && row.kind !== "release";
    }
    misses(node) {
      return this.error[node].length > 0 && this.onward[node].length > 0 && this.program.nodes[node].kind !== "create";
    }
    choose(node, failing, stream, impatient) {
      const [usual, other] = failing ? [this.error, this.onward] : [this.onward, this.error];
      const edges = usual[node].length ? usual[node] : other[node];
      if (impatient) {
        let best = null;
        for (const edge of usual[node].concat(other[node])) {
          if (best === null || this.nearness(edge) < this.nearness(best)) best = edge;
        }
        return best.to;
      }
      if (edges.length === 1) return edges[0].to;
      let ticket = stream.below(edges.reduce((sum, edge) => sum + (edge.weight ?? 1), 0));
      for (const edge of edges) {
        ticket -= edge.weight ?? 1;
        if (ticket < 0) return edge.to;
      }
      throw new Error("weights sum to the ticket's bound");
    }
    nearness(edge) { return this.distance[edge.to] ?? this.distance.length; }
  }

  class Run {
    constructor(programs, settings) {
      this.graphs = programs.map((program) => new Graph(program));
      this.settings = settings;
      const empty = () => new Array(settings.slots).fill(null);
      this.tables = { names: empty(), descriptors: empty() };
      this.used = { names: 0, descriptors: 0 };
      this.tick = 0;
      this.peak = 0;
      this.broke = null;
      this.counts = {
        served: 0, failed: 0, rejected: 0, faults: 0, faulted: 0, orphaned_by_faulted: 0,
        orphans: 0, descriptors: 0, orphaned: 0, reaped: 0, reaped_in_use: 0,
      };
      this.byProgram = programs.map(() => 0);
      this.ends = [];
    }

    /* Play to the end; `draw` gets the tick's lanes when given. */
    play(draw) {
      const lanes = new Array(this.settings.lanes).fill(null);
      let arrived = 0;
      while (arrived < this.settings.requests || lanes.some((lane) => lane !== null)) {
        this.tick += 1;
        const idle = lanes.indexOf(null);
        if (arrived < this.settings.requests && idle >= 0) lanes[idle] = this.arrive(arrived++);
        const drawn = [];
        for (let index = 0; index < lanes.length; index++) {
          const walker = lanes[index];
          drawn.push(walker === null ? null : this.step(walker));
          if (walker !== null && walker.end !== null) lanes[index] = null;
        }
        this.reap();
        if (draw) draw(drawn);
      }
      return this.outcome();
    }

    outcome() {
      const names = this.tables.names.filter((thing) => thing !== null && thing.hold === "orphan");
      const folders = names.filter((thing) => thing.resource === "directory").length;
      return {
        ticks: this.tick, counts: { ...this.counts }, peak: this.peak,
        bytes: names.length * this.settings.file_size, inodes: names.length + folders,
        broke: this.broke, by_program: this.byProgram, ends: this.ends,
      };
    }

    arrive(number) {
      const program = number % this.graphs.length;
      const graph = this.graphs[program];
      const stream = new Stream(this.settings.seed, number);
      const doomed = stream.below(MILLION) < this.settings.failure_ppm;
      const share = stream.below(MILLION);
      let faultAt = -1;
      if (doomed) {
        const chances = this.chances(graph, number);
        if (chances) faultAt = Math.floor((share * chances) / MILLION);
      }
      return {
        request: number, program, graph, stream, node: graph.start, faultAt,
        passed: 0, steps: 0, held: null, delivered: [], rejected: false, faulted: false, end: null,
      };
    }

    chances(graph, number) {
      const stream = new Stream(this.settings.seed, number);
      stream.draw();
      stream.draw();
      let node = graph.start, steps = 0, chances = 0;
      while (!EXITS.has(graph.program.nodes[node].kind)) {
        steps += 1;
        if (graph.canFail(node, this.settings.fail_at)) chances += 1;
        node = graph.choose(node, false, stream, steps > PATIENCE);
      }
      return chances;
    }

    step(walker) {
      const graph = walker.graph, number = walker.node, node = graph.program.nodes[number];
      walker.steps += 1;
      const failing = this.fails(walker, number);
      const lane = (fault) => ({
        request: walker.request, program: walker.program, node: number, fault, end: walker.end,
        held: walker.held !== null && walker.held.there,
      });
      if (EXITS.has(node.kind)) {
        this.finish(walker, node.kind === "exit-ok" ? "served" : "failed");
        return lane(false);
      }
      let refused = false;
      if (node.kind === "create" && !failing) {
        refused = !this.create(walker, graph.program.resource);
      } else if (node.kind === "release" && walker.held !== null) {
        this.remove(walker.held);
        walker.held = null;
      } else if (node.kind === "handover" && !failing && walker.held !== null) {
        walker.held.hold = "delivered";
        walker.delivered.push(walker.held);
        walker.held = null;
      }
      const impatient = walker.steps > PATIENCE;
      if (refused && (impatient || !graph.error[number].length)) this.finish(walker, "failed");
      else walker.node = graph.choose(number, failing || refused, walker.stream, impatient);
      return lane(failing || refused);
    }

    fails(walker, node) {
      if (walker.steps > PATIENCE) return false;
      if (walker.held !== null && !walker.held.there && walker.graph.misses(node)) {
        walker.held = null;
        return this.strike(walker);
      }
      if (!walker.graph.canFail(node, this.settings.fail_at)) return false;
      walker.passed += 1;
      if (walker.passed - 1 !== walker.faultAt) return false;
      return this.strike(walker);
    }

    strike(walker) {
      this.counts.faults += 1;
      if (!walker.faulted) this.counts.faulted += 1;
      walker.faulted = true;
      return true;
    }

    tableName(resource) { return resource === "descriptor" ? "descriptors" : "names"; }
    table(resource) { return this.tables[this.tableName(resource)]; }

    create(walker, resource) {
      const table = this.table(resource);
      if (this.used[this.tableName(resource)] === table.length) {
        walker.rejected = true;
        if (this.broke === null) {
          const orphans = table.filter((thing) => thing !== null && thing.hold === "orphan").length;
          this.broke = { tick: this.tick, request: walker.request, orphans };
        }
        return false;
      }
      if (walker.held !== null) this.orphan(walker);
      const place = table.indexOf(null);
      const thing = {
        place, request: walker.request, program: walker.program, resource, made: this.tick, hold: "used", there: true,
      };
      table[place] = thing;
      this.peak = Math.max(this.peak, ++this.used[this.tableName(resource)]);
      walker.held = thing;
      return true;
    }

    remove(thing) {
      if (!thing.there) return;
      thing.there = false;
      this.table(thing.resource)[thing.place] = null;
      this.used[this.tableName(thing.resource)] -= 1;
      if (thing.hold === "orphan") this.counts.orphans -= 1;
    }

    orphan(walker) {
      const thing = walker.held;
      walker.held = null;
      if (thing === null || !thing.there) return;
      thing.hold = "orphan";
      this.counts.orphaned += 1;
      if (walker.faulted) this.counts.orphaned_by_faulted += 1;
      this.counts[thing.resource === "descriptor" ? "descriptors" : "orphans"] += 1;
      this.byProgram[walker.program] += 1;
    }

    finish(walker, end) {
      this.orphan(walker);
      for (const thing of walker.delivered) this.remove(thing);
      walker.end = walker.rejected ? "rejected" : end;
      this.counts[walker.end] += 1;
      this.ends[walker.request] = walker.end;
    }

    reap() {
      const age = this.settings.reaper_age;
      if (!age) return;
      for (const thing of [...this.tables.names]) {
        if (thing !== null && this.tick - thing.made >= age) {
          this.remove(thing);
          this.counts.reaped += 1;
          if (thing.hold !== "orphan") this.counts.reaped_in_use += 1;
        }
      }
    }
  }

  const run = (programs, settings) => new Run(programs, settings).play();
  return { Run, Stream, run };
})();
