"""Every bound of the analysis, and what happens beyond it: `docs/design.md` shows this table.

Nothing here is a setting. At a bound the tool misses rather than invents: what is reported is a way that was walked.
"""

from __future__ import annotations

from typing import NamedTuple

# The walk
STATES_PER_NODE = 64  # kept where ways join
STATES_BEFORE = 12  # of them before the file is made
STEPS = 12_000  # operations walked for one obligation
INSIDE = 3  # times as many for all calls that are walked in place
STEPS_INSIDE = 8_000  # operations of one call that is walked in place, and as many in its own calls
WALK_PRICE = 100_000  # steps of one walk, calls and what is copied included
BODY_STEPS = 400_000  # steps for all that a body makes
MOST_WAITING = 500_000  # names and temporaries of all states that wait for their turn in one walk
WALK_START = 20  # steps that it takes to begin a walk
END_PRICE = 8  # steps that it takes to judge one end of a way
FILE_STEPS = 1_200_000  # steps for all bodies of a file, and what it asks of others
SHARED_STEPS = 500_000  # steps that the bodies of a file share equally that takes more
SHARINGS = 2  # times that what some of them don't need is shared among the others
LEAST_STEPS = 200  # then, for a body
MAX_INLINE_DEPTH = 4  # calls walked in place within each other
MAX_ATOMS = 8  # conditions of a body that are remembered
MOST_TELLING = 16  # conditions of a body that are asked what they say of others about the same value
SMALL_BODY = 80  # operations: walking so little is cheap, and tells what it returns
MAX_HANDED = 6  # files that one call is taken to hand over

MOST_PARTS = 100  # values that one value is made of
MOST_LEVELS = 12  # of values within each other
MOST_HELD = 64  # things in a container that are known
TOLD_APART = 12  # things in a container, before it counts only once what stands in it several times
LARGE_STATE = 500  # names and temporaries of a state of which a join keeps only the hash
PACKED_JOINS = 500_000  # joins times variables, beyond which what is live there is kept in bits
ROOMY_HEAP = 64  # slots of a heap, before what nothing refers to is looked for where no ways meet
HELD_DEPTH = 6  # containers within each other that are looked into for the file
PATHS_BELOW = 6  # directories between a path and one that nothing is known of

RESOLVED_DEPTH = 24  # names that are other names, partials of partials, within a body
WRAPPED = 8  # runners and partials around each other
MOST_ASKED_OF = 60  # names and values that are asked what made them, for the class or the origin of one
MOST_IN_TABLE = 32  # names in a container that is written down, as far as it is asked for what it holds

# What texts are asked
EFFECT_DEPTH = 3  # calls from a function to what changes who owes a deletion
HELPER_DEPTH = 4  # calls from a body to the creation that it causes
LONG_BODY = 50  # lines: no body of this length is benign
LONG_TEXT = 6_000  # characters of a body: beyond, something in it surely fails
SMALL_TEXT = 12  # lines: what may be as small as SMALL_BODY
CALLER_DEPTH = 3  # calls from a function that is looked at to one that runs over and over
METHODS_AROUND = 3  # methods of a class that call each other, up to the one that is called from outside
MAKER_DEPTH = 4  # names and managers from a file object to the call that made it
NAME_DEPTH = 12  # values from a path to the temp directory that it was made from
REEXPORTS = 300  # modules that hand a name on, for the search in bytes
FOLDERS_UP = 6  # from the folder that a package hangs in to that of its project

# Answers
NESTED = 10  # questions worked out in the middle of each other: a walk takes some sixty frames of the stack
CHANGES = 16  # times that an answer in a circle may change before it counts as unknown
CIRCLE_STEPS = 200_000  # steps for all questions of a circle, in all of its rounds

# Parsing
BULK = 200  # constants in a row that stand in a display, before they are taken out
MAX_TOKENS = 50_000  # of a body, as libcst would parse it: five kilobytes each
MAX_FILE_TOKENS = 400_000  # as ast would
MAX_FORMATTED = (
    2_000_000_000  # fields of an f-string times its characters: up to 3.11, ast is quadratic in them
)
MAX_BRACKETS = 200  # libcst's parser recurses on the C stack per bracket
MAX_ALTERNATIVES = 3_000  # elif in a row: it recurses for them as well; CPython takes no more
MAX_CHAIN = 1_000  # operators, or attributes, calls and items of each other: it is quadratic in them
MAX_HEAD = (
    30  # lines of a def and its decorators that are looked through for temp files that its parameters have
)
FINALLY_NESTING = 3  # levels of finally inside finally that have a copy for each way of leaving

# Fixes
MOST_IN_FILE = 100  # findings of one file that fixes are proposed for
MOST_PROOFS = 11  # candidates analysed for one finding
PROOFS_LEFT = 3  # of them kept for those that aren't safe
TEXTS_IN_HAND = 4  # changed texts of a file that are kept with what was found out about them
MOST_ROUNDS = 200  # fixes in one file
FIX_STEPS = 2_000_000  # steps of the analyses that the proofs of fixes need, in one piece of work
FIX_CHARACTERS = (
    4  # of a changed text that cost one of those steps where files are fixed; for a report one does
)
COMPARED_STEPS = 4_000  # operations in one segment: beyond that it goes round in a circle
NEAR_HANDLER = 4  # operations from a deletion that the system refuses to who takes what it raises
COMPARED_PAIRS = 4_000  # pairs of places in the code before and after
COMPARED_ARRIVALS = (
    16  # at one of them, where values are taken together: beyond that conditions are forgotten
)
COMPARED_TERMS = 7  # levels of a term
COMPARED_CALLS = 3  # calls within each other whose meaning is looked up
MOST_PUSHED_IN = 50  # statements that a fix pushes in, before its difference hides what it does
MOST_ROWS_PUSHED_IN = 80  # and the lines that they take
MOST_NESTED = 3  # tries within each other, before one more is unreadable

# Whole processes
WATCHED_SECONDS = 60  # of a processor, for one file: ten times what the budgets allow
WATCHED_WAIT = 600  # in all
WATCHED_MEGABYTES = 1_500

# Memory
LATELY_MADE = 20_000  # values that are remembered though nobody has them: many are made again
BLOCKS = 900_000  # memory blocks (a hundred bytes each, on average) that a session may have come to hold


class Bound(NamedTuple):
    """A row of the table: of what, at most how much, and what happens beyond."""

    of: str
    most: str
    beyond: str


TABLE = (
    Bound(
        "states at a join",
        f"{STATES_PER_NODE}; {STATES_BEFORE} before the file is made",
        "further states are dropped",
    ),
    Bound(
        "operations walked for an obligation",
        f"{STEPS:,}, {INSIDE} times as many in calls walked in place",
        "further ways are dropped",
    ),
    Bound(
        "steps of one walk, calls and what is copied included", f"{WALK_PRICE:,}", "further ways are dropped"
    ),
    Bound(
        "names and temporaries of the states that wait in one walk",
        f"{MOST_WAITING:,}",
        "further ways are dropped",
    ),
    Bound(
        "steps for all that a body makes",
        f"{BODY_STEPS:,}; {END_PRICE} for each end of a way, {WALK_START} for each walk that another asks for",
        "TML900 for that body; what was judged by then is reported",
    ),
    Bound(
        "steps for a file, what it asks of others included",
        f"{FILE_STEPS:,}",
        "it is begun again: each body gets its share of the next bound",
    ),
    Bound(
        "steps that the bodies of such a file share",
        f"{SHARED_STEPS:,}, {LEAST_STEPS} each at least; {SHARINGS} times: what some don't need goes to the others",
        "TML900 for those that need more",
    ),
    Bound(
        "operations of one call walked in place",
        f"{STEPS_INSIDE:,}, as many in its own calls, {MAX_INLINE_DEPTH} calls deep",
        "the call counts as unknown",
    ),
    Bound(
        "a body walked to see what it returns",
        f"{SMALL_BODY} operations in {SMALL_TEXT} lines, unless it can change who owes a deletion; "
        "where two call each other, the body that is judged calls it itself",
        "its result is unknown",
    ),
    Bound(
        "values that a value is made of, within each other; things that a container is known to hold, in order",
        f"{MOST_PARTS}, {MOST_LEVELS}; {MOST_HELD}, {TOLD_APART}",
        "only the files and objects that it leads to are known; those that aren't followed may be forgotten",
    ),
    Bound(
        "attributes and containers that are known, before what nothing refers to is looked for where no ways meet",
        f"{ROOMY_HEAP}, then twice what was left",
        "it is forgotten: nothing is lost",
    ),
    Bound(
        "names and temporaries of a state at a join; joins of a body times its variables",
        f"{LARGE_STATE}; {PACKED_JOINS:,}",
        "only the hash of the state is kept; what is live there is kept in bits",
    ),
    Bound("containers within each other that are looked into for the file", f"{HELD_DEPTH}", "it isn't seen"),
    Bound(
        "directories below one that nothing is known of",
        f"{PATHS_BELOW}",
        "that the deletion of one between takes the file along isn't seen",
    ),
    Bound(
        "names of names and partials of partials, runners around each other, callables in a container",
        f"{RESOLVED_DEPTH}, {WRAPPED}, {MOST_IN_TABLE}",
        "what is called is unknown",
    ),
    Bound(
        "names and values that are asked what made them, for the class or the origin of one",
        f"{MOST_ASKED_OF}",
        "it isn't known",
    ),
    Bound(
        "conditions that are remembered, that are asked what they say of others about the same value",
        f"{MAX_ATOMS}, {MOST_TELLING} a body",
        "others are taken as either",
    ),
    Bound("files that a call hands over", f"{MAX_HANDED}", "the others count as the callee's own"),
    Bound(
        "calls from a body to a creation, to a change of owner",
        f"{HELPER_DEPTH}, {EFFECT_DEPTH}",
        "what lies further down is not seen",
    ),
    Bound(
        "a body that counts as benign, one that is looked through for what may fail",
        f"{LONG_BODY} lines, {LONG_TEXT:,} characters",
        "it may raise, it is likely to",
    ),
    Bound(
        "calls up to what runs over and over, values up to the temp directory",
        f"{CALLER_DEPTH}, {NAME_DEPTH}",
        "opt-in codes see nothing beyond",
    ),
    Bound(
        "methods of a class that call each other, up to the one that is called from outside",
        f"{METHODS_AROUND}",
        "that they let go of what the object keeps, or fill it again, isn't seen",
    ),
    Bound(
        "names and managers from a file object to the call that made it",
        f"{MAKER_DEPTH}",
        "what of it may fail is not known",
    ),
    Bound(
        "modules that hand a helper's name on", f"{REEXPORTS}", "the file that imports it is not looked at"
    ),
    Bound(
        "folders from a package up to its project's",
        f"{FOLDERS_UP}",
        "what lies further up is not imported from",
    ),
    Bound(
        "changes of an answer in a circle of questions",
        f"{CHANGES}",
        "nothing is known of it; TML900 for a body that is judged",
    ),
    Bound(
        "steps for all answers in such a circle",
        f"{CIRCLE_STEPS:,}",
        "what its bodies hand to each other isn't seen, TML900 for each; what they make themselves is judged",
    ),
    Bound(
        "questions worked out inside each other",
        f"{NESTED}",
        "the deeper one is answered first: nothing is lost",
    ),
    Bound(
        "`finally` inside `finally`",
        f"{FINALLY_NESTING} levels have a copy for each way of leaving",
        "one copy, which carries the way of leaving along",
    ),
    Bound(
        "lines of a def's head in which a parameter's default makes a file", f"{MAX_HEAD}", "it isn't seen"
    ),
    Bound("constants in a row that stand in a display", f"{BULK}", "they are not parsed"),
    Bound(
        "tokens of a body, of a file; such constants don't count",
        f"{MAX_TOKENS:,}, {MAX_FILE_TOKENS:,}",
        "TML900 for the body; of the file only what stands in bodies is judged, TML900 where that doesn't do",
    ),
    Bound(
        "fields of an f-string times its characters",
        f"{MAX_FORMATTED:,}",
        "as for tokens: Python's parser, up to 3.11, is quadratic in them",
    ),
    Bound(
        "nesting of brackets; operators, attributes, calls and items of each other, elif in a row",
        f"{MAX_BRACKETS}, {MAX_CHAIN:,}, {MAX_ALTERNATIVES:,}",
        "TML900: libcst's parser would not survive or not end",
    ),
    Bound(
        "fixes: findings of a file, candidates of a finding, of them kept for unsafe ones, rounds, steps of all proofs",
        f"{MOST_IN_FILE}, {MOST_PROOFS}, {PROOFS_LEFT}, {MOST_ROUNDS}, {FIX_STEPS:,}; one for each "
        f"character of a changed text in a report, for each {FIX_CHARACTERS} where files are fixed",
        "no fix, and the reason is told",
    ),
    Bound(
        "code before and after a fix: pairs of places, steps of a segment, levels of a term, calls in a call",
        f"{COMPARED_PAIRS:,}, {COMPARED_STEPS:,}, {COMPARED_TERMS}, {COMPARED_CALLS}",
        "values that have nothing to do with the file are taken together, at pairs of places that are come to "
        f"{COMPARED_ARRIVALS} times conditions are forgotten; where that won't do it is not shown that they do the "
        "same: no fix",
    ),
    Bound(
        "operations from a deletion that the system refuses to the handler that takes that",
        f"{NEAR_HANDLER}",
        "it counts as raised: the fix isn't safe",
    ),
    Bound(
        "texts after a fix that are kept while a file is repaired", f"{TEXTS_IN_HAND}", "it is analysed anew"
    ),
    Bound("tries within each other after a fix", f"{MOST_NESTED}", "another rewrite is chosen"),
    Bound(
        "statements that a fix pushes in, lines that they take",
        f"{MOST_PUSHED_IN}, {MOST_ROWS_PUSHED_IN}",
        "another rewrite is chosen, else it is only shown",
    ),
    Bound(
        "a worker at one file: seconds of a processor, seconds in all, megabytes beyond those it began with",
        f"{WATCHED_SECONDS}, {WATCHED_WAIT}, {WATCHED_MEGABYTES:,}",
        "TML900 that names the watchdog; the run goes on",
    ),
    Bound("values remembered though nobody has them", f"{LATELY_MADE:,}", "they are made anew"),
    Bound(
        "memory blocks of what a session knows",
        f"{BLOCKS:,}",
        "it forgets, and finds out anew",
    ),
)
