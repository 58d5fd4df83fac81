"""Who was handed the file, and what is held against deleting it for that: what the proof of a fix says, body by body.

Each table holds bodies of one function in which the file is `folder`, made in line 1, and what is said of deleting it:
in a `finally`, where nothing or the last line has deleted it, or only where the body fails.
"""

from __future__ import annotations

import pytest

from tests.fixing.pairs import (
    cases,
    of_deletion_that_held_at_the_end,
    of_deletion_where_it_fails,
    of_new_deletion,
)

HELPERS = """
import asyncio
import functools
import logging
from concurrent import futures

kept = None
known = []
table = {}


class Wrong(Exception):
    pass


class wrong(Exception):
    pass


class Store:
    def keep_it(self, path):
        self.path = path

    def look_at(self, path):
        print(1)


def store_in_list(path):
    known.append(path)


def store_in_table(path):
    table["a"] = path


def store_globally(path):
    global kept
    kept = path


def store_in_pair(path, target):
    target.a, target.b = 1, path


def store_in_own(path):
    mine = []
    mine.append(path)


def store_size(path):
    known.append(len(path))


def store_in_container(path):
    known.append([path, {"a": path}])


def store_then_fail(path):
    known.append(path)
    path.go()


def fail_then_store(path):
    path.go()
    known.append(path)


def store_each(*paths):
    known.extend(paths)


def store_named(*, path=None, other=None):
    known.append(path)


def store_other(*, path=None, other=None):
    known.append(other)


def store_rest(first, **rest):
    known.append(rest)


def store_second(first, second):
    known.append(second)


def start_it(path):
    threading.Thread(target=print, args=(path,)).start()


def start_and_wait(path):
    thread = subprocess.Popen(["a", path])
    thread.wait()


def start_and_wait_sometimes(path, really):
    thread = subprocess.Popen(["a", path])
    if really:
        thread.wait()


def start_and_wait_a_while(path):
    thread = subprocess.Popen(["a", path])
    thread.wait(5)


def start_within(path):
    with subprocess.Popen(["a", path]) as run:
        pass


def run_it(command):
    subprocess.run(command, shell=True)


def run_other(command):
    subprocess.run("ls", shell=True)


def check_sum(path):
    return open(path).read()


def size_or_none(path):
    if path is None:
        return None
    found = open(path).read()
    return found


def found_out(path):
    return path == "a"


def not_so(path):
    return not path.ok


def lines_of(path):
    return open(path)


def any_of(path):
    found = open(path).read()
    found = path
    return found


def die(message):
    sys.exit(message)


def die_sometimes(message, really):
    if really:
        sys.exit(message)


def plain(path):
    return len(path)


async def go_on(path):
    pass
"""
METHOD = "def f(self, target, other):"
OWNER = """class C(Base):
    def keep_it(self, p):
        self.p = p

    def look(self, p):
        print(1)
"""

# What goes on with it when the call is over.
STARTED = cases("""
threading.Thread(target=other, args=(folder,)).start()
-> no: line 2 may read it later, when it would be deleted

t = threading.Thread(target=other, args=(folder,))
-> the same

t = threading.Thread(target=other, args=(folder,))
t.start()
-> no: line 3 may read it later, when it would be deleted

t = threading.Thread(target=other, args=(folder,))
t.start()
t.join()
-> the same

t = threading.Thread(target=other, args=(folder,))
t.start()
t.join(5)
-> no: line 3 may read it later, when it would be deleted

t = threading.Thread(target=other, args=(folder,))
t.start()
t.join(timeout=5)
-> no: line 3 may read it later, when it would be deleted

t = threading.Thread(target=other, args=(1,))
t.start()
-> the same

subprocess.Popen([target, folder])
-> no: line 2 may read it later, when it would be deleted

subprocess.Popen([target, other])
-> the same

p = subprocess.Popen([target, folder])
p.wait()
-> the same

p = subprocess.Popen([target, folder])
p.wait(5)
-> no: line 2 may read it later, when it would be deleted

p = subprocess.Popen([target, folder])
p.communicate()
-> the same

p = subprocess.Popen([target, folder])
p.communicate(other)
-> the same

p = subprocess.Popen([target, folder])
p.communicate(other, 5)
-> no: line 2 may read it later, when it would be deleted

with subprocess.Popen([target, folder]) as p:
    pass
-> the same

with subprocess.Popen([target, folder]) as p:
    target.go()
-> the same

target.submit(other, folder)
-> no: line 2 may read it later, when it would be deleted

target.submit(folder)
-> no: line 2 may read it later, when it would be deleted

target.submit(other)
-> the same

r = target.submit(other, folder)
r.result()
-> the same

r = target.submit(other, folder)
r.result(5)
-> no: line 2 may read it later, when it would be deleted

r = target.submit(other, folder)
target.go(r.result())
-> the same

target.map(other, [folder])
-> no: line 2 may read it later, when it would be deleted

target.map(other, folder)
-> no: line 2 may read it later, when it would be deleted

target.map(other, [])
-> the same

target.pool.map(other, [folder])
-> no: line 2 may read it later, when it would be deleted

r = target.map(other, [folder])
-> the same

r = list(target.map(other, [folder]))
-> the same

x = other()
x.map(target, [folder])
-> the same

map(other, [folder])
-> the same

target.publish(folder)
-> no: line 2 may read it later, when it would be deleted

target.publish(other)
-> the same

target.register(folder)
-> no: line 2 may read it later, when it would be deleted

s = target.Server(folder)
s.serve()
-> no: line 3 may read it later, when it would be deleted

s = target.Server(folder)
s.serve_forever()
-> the same

s = target.Server(folder)
s.start()
-> no: line 3 may read it later, when it would be deleted

s = target.Server(folder)
s.begin()
-> the same

s = target.Server(other)
s.start()
-> the same

target.on_change(lambda: other(folder))
-> shown: line 2 may keep it, and would be left without it

target.on_change(lambda: other(target))
-> the same

target.apply(lambda: other(folder))
-> the same

target.hook(functools.partial(other, folder))
-> shown: line 2 may keep it, and would be left without it

on_change(lambda: other(folder))
-> the same

target.hook(plain, folder)
-> shown: line 2 may keep it, and would be left without it

target.hook(other, folder)
-> the same

target.hook(lambda: shutil.rmtree(folder))
-> the same
""")

# What is called with it when something has ended.
REGISTERED = cases("""
atexit.register(other, folder)
-> no: line 2 keeps it, and would be left with what is deleted

atexit.register(target.close, folder)
-> no: line 2 keeps it, and would be left with what is deleted

atexit.register(shutil.rmtree, folder)
-> the same

target.callback(other, folder)
-> no: line 2 may read it later, when it would be deleted

target.callback(target.close, folder)
-> no: line 2 may read it later, when it would be deleted

target.callback(shutil.rmtree, folder)
-> the same

target.addCleanup(other, folder)
-> no: line 2 may read it later, when it would be deleted

target.addCleanup(shutil.rmtree, folder)
-> the same

target.add_done_callback(lambda: other(folder))
-> no: line 2 may read it later, when it would be deleted

with contextlib.ExitStack() as s:
    s.callback(other, folder)
-> the same

with contextlib.ExitStack() as s:
    s.callback(shutil.rmtree, folder)
-> the same

with contextlib.ExitStack() as s:
    s.enter_context(other(folder))
-> the same

with target.stack() as s:
    s.callback(other, folder)
-> no: line 3 may read it later, when it would be deleted
""")

# What has it from then on.
KEPT = cases("""
target.append(folder)
-> no: line 2 keeps it, and would be left with what is deleted

target.append(other)
-> the same

target.append([folder])
-> no: line 2 keeps it, and would be left with what is deleted

target.append(len(folder))
-> the same

x = []
x.append(folder)
-> the same

x = other()
x.append(folder)
-> the same

target.all.append(folder)
-> no: line 2 keeps it, and would be left with what is deleted

target["a"].append(folder)
-> no: line 2 keeps it, and would be left with what is deleted

target.path = folder
-> no: line 2 keeps it, and would be left with what is deleted

target.path = [folder]
-> no: line 2 keeps it, and would be left with what is deleted

target.path = other
-> the same

target.path = folder.stem
-> no: line 2 keeps it, and would be left with what is deleted

x = other()
x.path = folder
-> the same

x = other()
x.path = folder
return x
-> no: line 3 puts it into what is returned, which would be left with what is deleted

x = other()
x.path = folder
return 1
-> the same

x = other()
x.path = folder
return [x]
-> no: line 3 puts it into what is returned, which would be left with what is deleted

target["a"] = folder
-> no: line 2 keeps it, and would be left with what is deleted

x = {}
x["a"] = folder
-> the same

x = other()
x["a"] = folder
-> no: line 3 keeps it, and would be left with what is deleted

x = other(folder)
target.path = x
-> shown: line 3 may keep it, and would be left without it

x = other(folder)
target["a"] = x
-> shown: line 3 may keep it, and would be left without it

x = target.Reader(folder)
target.path = x
-> no: line 3 keeps it, and would be left with what is deleted

x = target.Reader(folder)
y = other()
y.path = x
-> the same

x = Reader(folder)
target.use(x)
-> shown: line 3 may keep it, and would be left without it

x = other.Reader(folder)
target.deal(x)
-> shown: line 3 may keep it, and would be left without it

x = other.Reader(other)
target.deal(x)
-> the same

x = other.reader(folder)
target.deal(x)
-> the same

x = other.Reader(folder)
target.Deal(x)
-> the same

os.environ["TMP"] = folder
-> no: line 2 keeps it, and would be left with what is deleted

os.environ["TMP"] = folder
os.environ["TMP"] = "a"
-> no: line 2 keeps it, and would be left with what is deleted

os.putenv("TMP", folder)
-> no: line 2 keeps it, and would be left with what is deleted

os.chdir(folder)
-> no: line 2 keeps it, and would be left with what is deleted

os.chdir(folder)
os.chdir(other)
-> no: line 2 keeps it, and would be left with what is deleted

os.chdir(other)
-> the same

sys.path.insert(0, folder)
-> shown: line 2 may keep it, and would be left without it

sys.path.append(folder)
-> shown: line 2 may keep it, and would be left without it

global kept
kept = folder
-> no: line 3 keeps it, and would be left with what is deleted

global kept
kept = other
-> the same

target.remember(folder)
-> no: line 2 keeps it, and would be left with what is deleted

target.add(folder)
-> no: line 2 keeps it, and would be left with what is deleted

target.add(other(folder))
-> shown: line 2 may keep it, and would be left without it

target.add(os.path.join(folder, "a"))
-> no: line 2 keeps it, and would be left with what is deleted

target.add(other(1))
-> the same

target.setup(folder)
-> shown: line 2 may keep it, and would be left without it

target.setup(len(folder))
-> the same

target.start(folder)
-> shown: line 2 may keep it, and would be left without it

target.move(folder)
-> the same

target.rename_to(folder, other)
-> shown: line 2 may have moved it to where it is wanted

target.rename_to(other)
-> the same

target.copy_from(folder)
-> the same

target.install(other, folder)
-> shown: line 2 may have moved it to where it is wanted

target.install(other)
-> the same

x = other()
x.install(folder)
-> shown: line 3 may have moved it to where it is wanted

x = other()
x.remember(folder)
-> the same

shutil.move(other, folder)
-> the same
""")

# What tells people of it.
TOLD = cases("""
print(folder)
-> shown: line 2 tells people of it, who would find it deleted

print(f"made in {folder}")
-> shown: line 2 tells people of it, who would find it deleted

print(other)
-> the same

print(len(folder))
-> the same

print(other(folder))
-> doubt: line 2 tells people of it, who would find it deleted

print(folder)
raise target.error
-> doubt: line 2 tells people of it, who would find it deleted

target.info("in %s", folder)
-> shown: line 2 tells people of it, who would find it deleted

target.info("in %s", folder)
raise target.error
-> the same

target.debug("in %s", folder)
-> doubt: line 2 tells people of it, who would find it deleted

target.debug("in %s", folder)
raise target.error
-> the same

target.error("in %s", folder)
-> shown: line 2 tells people of it, who would find it deleted

target.error("in %s", folder)
raise target.error
-> doubt: line 2 tells people of it, who would find it deleted

logging.warning("in %s", folder)
-> shown: line 2 tells people of it, who would find it deleted

logging.info("in %s", other(folder))
-> doubt: line 2 tells people of it, who would find it deleted

sys.stdout.write(folder)
-> shown: line 2 tells people of it, who would find it deleted

sys.stderr.write(folder)
-> shown: line 2 tells people of it, who would find it deleted

sys.stdout.write(other)
-> the same

target.write(folder)
-> the same

target.tell(f"see it in {folder}")
-> shown: line 2 tells people of it, who would find it deleted

target.tell("see it in " + folder)
-> shown: line 2 tells people of it, who would find it deleted

target.tell(text=f"see it in {folder}")
-> shown: line 2 tells people of it, who would find it deleted

target.tell(f"see-it-in-{folder}")
-> the same

target.tell(f"see it in {other}")
-> the same

target.run(f"rm -rf {folder} now")
-> the same

target.execute(f"put it in {folder}")
-> the same

os.system(f"ls -l {folder}")
-> the same

run_it(f"ls -l {folder}")
-> the same

run_other(f"ls -l {folder}")
-> the same

sys.exit(folder)
-> no: line 2 tells people of it, who would find it deleted

sys.exit(1)
-> the same

sys.exit(f"look at {folder}")
-> no: line 2 tells people of it, who would find it deleted

sys.exit(other(folder))
-> no: line 2 tells people of it, who would find it deleted

raise SystemExit(f"look at {folder}")
-> no: line 2 tells people of it, who would find it deleted

raise SystemExit(1)
-> the same

die(folder)
-> no: line 2 tells people of it, who would find it deleted

die(f"see {folder}")
-> no: line 2 tells people of it, who would find it deleted

die("a")
-> the same

die_sometimes(f"see {folder}", other)
-> shown: line 2 tells people of it, who would find it deleted

target.parser.error(f"see in {folder}")
-> no: line 2 tells people of it, who would find it deleted

target.parser.error("nothing")
-> the same

target.reader.error(f"see in {folder}")
-> shown: line 2 tells people of it, who would find it deleted

parser.exit(f"see in {folder}")
-> no: line 2 tells people of it, who would find it deleted

try:
    sys.exit(folder)
except SystemExit:
    pass
-> no: line 3 tells people of it, who would find it deleted
""")

# What an exception says of it, or has.
RAISED = cases("""
raise ValueError(folder)
-> no: the message of line 2 names it, and nothing deletes it: people are to find it

raise ValueError(f"not in {folder}")
-> no: the message of line 2 names it, and nothing deletes it: people are to find it

raise ValueError(len(folder))
-> the same

raise ValueError("a", folder)
-> no: line 2 carries its path, for who catches it

raise ValueError("a", f"in {folder}")
-> no: the message of line 2 names it, and nothing deletes it: people are to find it

raise ValueError(other(folder))
-> doubt: the message of line 2 names it

raise Wrong(folder)
-> no: line 2 carries its path, for who catches it

raise Wrong(f"not in {folder}")
-> no: the message of line 2 names it, and nothing deletes it: people are to find it

raise Wrong("a", folder)
-> no: line 2 carries its path, for who catches it

raise Wrong("a", path=folder)
-> no: line 2 carries its path, for who catches it

raise wrong("a", folder)
-> no: line 2 carries its path, for who catches it

raise target.error("a", folder)
-> doubt: line 2 tells people of it, who would find it deleted

raise target.Error(folder)
-> no: line 2 carries its path, for who catches it

try:
    raise Wrong("a", folder)
except Wrong:
    pass
-> no: line 3 carries its path, for who catches it

try:
    raise Wrong(folder)
except Wrong:
    pass
-> no: line 3 carries its path, for who catches it

Wrong("a", folder)
-> the same

e = ValueError("a")
e.path = folder
raise e
-> no: line 3 carries its path, for who catches it

e = ValueError("a")
e.path = folder
return 1
-> the same

try:
    target.go()
except OSError as e:
    e.path = folder
    raise
-> no: line 5 carries its path, for who catches it

try:
    target.go()
except OSError as e:
    e.path = folder
-> no: line 5 carries its path, for who catches it

try:
    target.go()
except OSError as e:
    e.path = other
    raise
-> the same

try:
    target.go()
except OSError as e:
    e.add_note(folder)
    raise
-> no: line 5 carries its path, for who catches it

try:
    target.go()
except OSError as e:
    e.add_note(folder)
-> no: line 5 carries its path, for who catches it

try:
    target.go()
except OSError as e:
    e.add_note(other)
    raise
-> the same

try:
    target.go(folder)
except OSError as e:
    raise ValueError(e)
-> the same

try:
    target.go(folder)
except OSError as e:
    raise ValueError(folder) from e
-> no: the message of line 5 names it, and nothing deletes it: people are to find it

raise other
-> the same
""")

# What the caller gets.
RETURNED = cases("""
return folder
-> no: it is returned, and the caller would get what is deleted

return f"in {folder}"
-> shown: what is returned was made from it, and may still need it

return (1, folder)
-> no: it is returned, and the caller would get what is deleted

return [folder]
-> no: it is returned, and the caller would get what is deleted

return {"a": folder}
-> no: it is returned, and the caller would get what is deleted

return other(folder)
-> shown: what is returned was made from it, and may still need it

return other
-> the same

return None
-> the same

return open(folder).read()
-> the same

return check_sum(folder)
-> the same

return size_or_none(folder)
-> the same

return found_out(folder)
-> the same

return not_so(folder)
-> the same

return lines_of(folder)
-> shown: what is returned was made from it, and may still need it

return any_of(folder)
-> shown: what is returned was made from it, and may still need it

return plain(folder)
-> the same

return os.path.join(folder, "a")
-> no: it is returned, and the caller would get what is deleted

return os.path.exists(folder)
-> the same

return os.listdir(folder)
-> the same

return (each for each in os.listdir(folder))
-> no: what is returned reads it when it is asked for more

return (other(folder, each) for each in target)
-> no: what is returned reads it when it is asked for more

return (other(each) for each in target)
-> the same

return [other(folder, each) for each in target]
-> the same

return {other(folder, each) for each in target}
-> the same

return target.lines(folder)
-> shown: what is returned was made from it, and may still need it

return pathlib.Path(folder).glob("*")
-> shown: what is returned was made from it, and may still need it

return pathlib.Path(folder).read_text()
-> the same

return os.scandir(folder)
-> shown: what is returned was made from it, and may still need it

return lambda: other(folder)
-> no: it is returned, and the caller would get what is deleted

return lambda: other(target)
-> the same

return subprocess.run(["a", folder])
-> the same

return target.Reader(folder)
-> shown: what is returned was made from it, and may still need it

return target.run(folder)
-> the same

return len(folder)
-> the same

def g():
    return other(folder)
return g
-> no: it is returned, and the caller would get what is deleted

def g():
    return other(target)
return g
-> the same

def g():
    return other(folder)
target.append(g)
-> no: line 4 keeps it, and would be left with what is deleted

yield folder
-> the same

yield other(folder)
-> the same

yield other
-> the same
""")

# What functions of the project do with it.
BY_HELPERS = cases("""
store_in_list(folder)
-> no: line 2 keeps it, and would be left with what is deleted

store_in_list(other)
-> the same

store_in_list(other(folder))
-> shown: line 2 may keep it, and would be left without it

store_in_table(folder)
-> no: line 2 keeps it, and would be left with what is deleted

store_globally(folder)
-> no: line 2 keeps it, and would be left with what is deleted

store_in_pair(folder, target)
-> no: line 2 keeps it, and would be left with what is deleted

store_in_pair(other, folder)
-> the same

store_in_own(folder)
-> the same

store_size(folder)
-> the same

store_in_container(folder)
-> no: line 2 keeps it, and would be left with what is deleted

store_each(other, folder)
-> no: line 2 keeps it, and would be left with what is deleted

store_each(*[folder])
-> no: line 2 keeps it, and would be left with what is deleted

store_named(path=folder)
-> no: line 2 keeps it, and would be left with what is deleted

store_named(other=folder)
-> the same

store_other(path=folder)
-> the same

store_other(other=folder)
-> no: line 2 keeps it, and would be left with what is deleted

store_rest(1, path=folder)
-> no: line 2 keeps it, and would be left with what is deleted

store_rest(folder)
-> the same

store_second(folder, other)
-> the same

store_second(other, folder)
-> no: line 2 keeps it, and would be left with what is deleted

store_second(*folder)
-> no: line 2 keeps it, and would be left with what is deleted

start_it(folder)
-> no: line 2 may read it later, when it would be deleted

start_and_wait(folder)
-> the same

start_and_wait_sometimes(folder, other)
-> no: line 2 may read it later, when it would be deleted

start_and_wait_a_while(folder)
-> no: line 2 may read it later, when it would be deleted

start_within(folder)
-> the same

plain(folder)
-> the same

target.keep_it(folder)
-> no: line 2 keeps it, and would be left with what is deleted

target.look_at(folder)
-> the same

Store().keep_it(folder)
-> the same

x = Store()
x.keep_it(folder)
-> the same
""")

# What is no matter, where the last line deletes it.
AT_THE_END = cases("""
target.go(folder)
-> the same

target.append(folder)
-> the same

print(folder)
-> the same

sys.path.append(folder)
-> the same

p = subprocess.Popen([target, folder])
-> the same

p = subprocess.Popen([target, folder])
p.stdout.read()
-> no: line 2 may read it later, when it would be deleted

p = subprocess.Popen([target, folder])
p.wait()
-> the same

r = target.submit(other, folder)
for x in r:
    target.go(x)
-> no: line 2 may read it later, when it would be deleted

r = target.submit(other, folder)
target.wait([r])
-> no: line 2 may read it later, when it would be deleted

r = target.submit(other, folder)
futures.wait([r])
-> no: line 2 may read it later, when it would be deleted

with futures.ThreadPoolExecutor() as pool:
    pool.submit(other, folder)
-> the same

with futures.ThreadPoolExecutor() as pool:
    r = pool.submit(other, folder)
    target.go(r)
-> the same

raise ValueError(folder)
-> no: the message of line 2 names it, and nothing deletes it: people are to find it

if other:
    raise ValueError(folder)
-> doubt: the message of line 3 names it

if other:
    raise ValueError(other(folder))
-> doubt: the message of line 3 names it

if other:
    raise Wrong(1, folder)
-> no: line 3 carries its path, for who catches it

if other:
    return folder
-> no: it is returned, and the caller would get what is deleted

if other:
    return other(folder)
-> shown: what is returned was made from it, and may still need it

if other:
    return 1
-> the same

if other:
    sys.exit(folder)
-> no: line 3 tells people of it, who would find it deleted

if other:
    print(folder)
    return 1
-> shown: line 3 tells people of it, who would find it deleted

if other:
    print(folder)
    raise ValueError
-> doubt: line 3 tells people of it, who would find it deleted

if other:
    target.info("in %s", folder)
    raise ValueError
-> the same

if other:
    target.debug("in %s", folder)
    return 1
-> doubt: line 3 tells people of it, who would find it deleted

if other:
    target.append(folder)
    return 1
-> no: line 3 keeps it, and would be left with what is deleted

if other:
    target.rename_to(folder, target)
    return 1
-> shown: line 3 may have moved it to where it is wanted

if other:
    target.rename_to(folder, target)
    raise ValueError
-> the same

if other:
    sys.path.append(folder)
    return 1
-> shown: line 3 may keep it, and would be left without it

if other:
    sys.path.append(folder)
    raise ValueError
-> doubt: line 3 may keep it, and would be left without it

try:
    target.go()
except OSError as e:
    e.path = folder
    raise
-> no: line 5 carries its path, for who catches it

try:
    target.go(folder)
except OSError as e:
    raise ValueError(str(e))
-> the same

try:
    target.go(folder)
except OSError as e:
    raise ValueError(folder) from e
-> doubt: the message of line 5 names it

store_then_fail(folder)
-> the same

fail_then_store(folder)
-> the same

store_in_list(folder)
-> the same

folder = other
-> the same

while other:
    target.go(folder)
-> the same

for each in target:
    other(each)
-> the same
""")

# What an object does with it.
IN_METHODS = cases("""
self.path = folder
-> no: line 2 keeps it for the object, which would be left with what is deleted

self.path = folder
raise ValueError
-> the same

self.path = folder
target.go()
-> no: line 2 keeps it for the object, which would be left with what is deleted

self.path = other(folder)
-> shown: line 2 may keep it, and would be left without it

target.path = folder
-> no: line 2 keeps it, and would be left with what is deleted

self.keep_it(folder)
-> no: line 2 keeps it, and would be left with what is deleted

self.keep_it(other)
-> the same

self.look(folder)
-> the same

self.unknown(folder)
-> the same

super().__init__(folder)
-> no: line 2 keeps it, and would be left with what is deleted

super().__init__(other(folder))
-> shown: line 2 may keep it, and would be left without it

super().__init__(other)
-> the same

Base.__init__(self, folder)
-> no: line 2 keeps it, and would be left with what is deleted

self.add(folder)
-> no: line 2 keeps it, and would be left with what is deleted

self.all.add(folder)
-> no: line 2 keeps it, and would be left with what is deleted
""")

# The same, where the last line deletes it.
IN_METHODS_AT_THE_END = cases("""
self.path = folder
-> the same

self.path = folder
if other:
    return 1
-> the same

if other:
    self.path = folder
    return 1
-> no: line 3 keeps it for the object, which would be left with what is deleted

if other:
    self.path = folder
    raise ValueError
-> the same

if other:
    self.path = folder
    target.go()
-> the same
""")

# What a loop goes on with.
IN_COROUTINES = cases("""
await target.go(folder)
-> the same

t = asyncio.create_task(other(folder))
-> no: line 2 may read it later, when it would be deleted

t = asyncio.create_task(go_on(folder))
-> no: line 2 may read it later, when it would be deleted

t = asyncio.create_task(other(folder))
await t
-> doubt: line 2 may go on with it where the wait is cancelled

t = asyncio.create_task(other(folder))
await other
-> no: line 2 may read it later, when it would be deleted

await asyncio.create_task(other(folder))
-> doubt: line 2 may go on with it where the wait is cancelled

await asyncio.gather(other(folder))
-> the same

target.create_task(other(folder))
-> no: line 2 may read it later, when it would be deleted

asyncio.ensure_future(other(folder))
-> no: line 2 may read it later, when it would be deleted

target.deal(go_on(folder))
-> shown: line 2 may keep it, and would be left without it

await target.run_in_executor(None, other, folder)
-> doubt: line 2 may go on with it where the wait is cancelled

return await target.go(folder)
-> shown: what is returned was made from it, and may still need it

async for each in target.go(folder):
    other(each)
-> the same

async with target.lock(folder) as x:
    other(x)
-> the same
""")

# What is held against deleting it where the body fails, and nowhere else.
WHERE_IT_FAILS = cases("""
target.go(folder)
-> the same

target.append(folder)
-> the same

target.append(folder)
target.go()
-> no: line 2 keeps it, and would be left with what is deleted

store_in_list(folder)
-> the same

store_then_fail(folder)
-> no: line 2 keeps it, and would be left with what is deleted

store_then_fail(other)
-> the same

fail_then_store(folder)
-> the same

print(folder)
-> the same

print(folder)
target.go()
-> doubt: line 2 tells people of it, who would find it deleted

target.info("in %s", folder)
target.go()
-> the same

target.start(folder)
-> the same

target.start(folder)
target.go()
-> doubt: line 2 may keep it, and would be left without it

threading.Thread(target=other, args=(folder,)).start()
-> the same

threading.Thread(target=other, args=(folder,)).start()
target.go()
-> no: line 2 may read it later, when it would be deleted

target.rename_to(folder, other)
target.go()
-> the same

target.path = folder
-> the same

target.path = folder
target.go()
-> no: line 2 keeps it, and would be left with what is deleted

if other:
    raise ValueError(folder)
-> no: the message of line 3 names it, and nothing deletes it: people are to find it

if other:
    sys.exit(folder)
-> no: line 3 tells people of it, who would find it deleted

if other:
    raise Wrong(1, folder)
-> no: line 3 carries its path, for who catches it

os.chdir(folder)
-> the same

os.chdir(folder)
os.chdir(other)
target.go()
-> no: line 2 keeps it, and would be left with what is deleted

os.close(other)
-> the same
""")

# The same in a method.
WHERE_A_METHOD_FAILS = cases("""
self.path = folder
-> the same

self.path = folder
target.go()
-> the same
""")

NEW = STARTED | REGISTERED | KEPT | TOLD | RAISED | RETURNED | BY_HELPERS


@pytest.mark.parametrize("body", NEW)
def test_new_deletion(body: str) -> None:
    assert of_new_deletion(body, HELPERS) == NEW[body]


@pytest.mark.parametrize("body", AT_THE_END)
def test_deletion_that_held_at_the_end(body: str) -> None:
    assert of_deletion_that_held_at_the_end(body, HELPERS) == AT_THE_END[body]


@pytest.mark.parametrize("body", WHERE_IT_FAILS)
def test_deletion_where_it_fails(body: str) -> None:
    assert of_deletion_where_it_fails(body, HELPERS) == WHERE_IT_FAILS[body]


@pytest.mark.parametrize("body", IN_METHODS)
def test_new_deletion_in_a_method(body: str) -> None:
    assert of_new_deletion(body, HELPERS, METHOD, OWNER) == IN_METHODS[body]


@pytest.mark.parametrize("body", IN_METHODS_AT_THE_END)
def test_deletion_at_the_end_of_a_method(body: str) -> None:
    said = of_deletion_that_held_at_the_end(body, HELPERS, METHOD, "class C(Base):")
    assert said == IN_METHODS_AT_THE_END[body]


@pytest.mark.parametrize("body", WHERE_A_METHOD_FAILS)
def test_deletion_where_a_method_fails(body: str) -> None:
    assert of_deletion_where_it_fails(body, HELPERS, METHOD, "class C(Base):") == WHERE_A_METHOD_FAILS[body]


@pytest.mark.parametrize("body", IN_COROUTINES)
def test_new_deletion_in_a_coroutine(body: str) -> None:
    assert of_new_deletion(body, HELPERS, "async def f(target, other):") == IN_COROUTINES[body]
