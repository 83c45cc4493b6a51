# The processes: how a trial is started, watched and ended.


def watched(job, request, trial, mode="h"):
    """Runs a trial in a fork, for so long and no longer, and reads what it tells."""
    out, into = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(out)
            os.setpgid(0, 0)
            seconds = int(request["limit"]) + 1
            resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
            trial(Report(into, job, request["early"]))
        except BaseException:
            pass
        finally:
            os._exit(0)
    os.close(into)
    return {"mode": mode, "told": collected(out, child, request["limit"])}


def collected(out, child, limit):
    """Reads a pipe until its writers are gone, the trial has ended, or its time is over."""
    until, told = time.monotonic() + limit, b""
    while len(told) < 1 << 24 and not told.endswith((b"end\n", b"stop\n")):
        ready = select.select([out], [], [], max(0, until - time.monotonic()))[0]
        piece = os.read(out, 1 << 16) if ready else b""
        if not piece:
            break
        told += piece
    os.close(out)
    for kill in (os.killpg, os.kill):
        try:
            kill(child, signal.SIGKILL)
        except OSError:
            pass
    os.waitpid(child, 0)
    return told.decode("ascii", "replace")


def send(file, message):
    file.write(json.dumps(message) + "\n")
    file.flush()


def received(file):
    for line in file:
        yield json.loads(line)


class Base:
    def __init__(self, job):
        self.job, self.requests, self.answers, self.imports = job, None, None, 0

    def start_warm(self):
        """Forks the warm process, and imports what it needed of other people's."""
        start = time.monotonic()
        down, up = os.pipe(), os.pipe()
        if os.fork() == 0:
            try:
                os.close(down[1])
                os.close(up[0])
                warm = Warm(self.job)
                warm.requests, warm.answers = os.fdopen(down[0]), os.fdopen(up[1], "w")
                warm.start()
            finally:
                os._exit(1)
        os.close(down[0])
        os.close(up[1])
        self.requests, self.answers = os.fdopen(down[1], "w"), os.fdopen(up[0])
        line = self.answers.readline()
        self.imports = 4 * (time.monotonic() - start) + 1
        if not line:
            self.requests = None
            return
        sys.dont_write_bytecode = True
        for name in json.loads(line)["ready"]:
            try:
                importlib.import_module(name)
            except BaseException:
                pass

    def ask_warm(self, request):
        if self.requests is None:
            return {"cold": True}
        try:
            send(self.requests, request)
            line = self.answers.readline()
        except OSError:
            line = ""
        if not line:
            self.requests = None
            return {"cold": True}
        return json.loads(line)

    def answer(self, request):
        if request["tests"] is None:
            request["tests"] = list(range(len(self.job.tests)))
        new = self.job.edited(request["candidates"])
        old = {name: os.stat(os.path.join(WORK, name)) for name in new}
        for name, data in new.items():
            write(name, data)
        try:
            if request["plain"]:
                said = self.watched(request, self.plain, "p")
            else:
                said = self.ask_warm(request)
                if "cold" in said:
                    said = self.watched(request, lambda request, report: cold(self.job, request, report), "c")
        finally:
            for name, stat in old.items():
                write(name, self.job.sources[name])
                os.utime(os.path.join(WORK, name), ns=(stat.st_atime_ns, stat.st_mtime_ns))
        return letters(said, request["tests"])

    def watched(self, request, trial, mode):
        """A trial that imports the tree, and has the time to."""
        longer = dict(request, limit=request["limit"] + self.imports)
        return watched(self.job, longer, lambda report: trial(request, report), mode)

    def plain(self, request, report):
        """An interpreter that has seen nothing yet."""
        subprocess.run([sys.executable, "-B", __file__, self.job.folder, str(report.out), json.dumps(request)],
                       stdin=subprocess.DEVNULL, pass_fds=[report.out])


def write(name, data):
    with open(os.path.join(WORK, name), "wb") as file:
        file.write(data)


def letters(said, asked):
    known, ended = {}, "0"
    for line in said["told"].splitlines():
        if line == "end":
            ended = "1"
        elif line[:1] in "PFS" and line[1:].isdigit():
            known[int(line[1:])] = line[0] if known.get(int(line[1:])) != "F" else "F"
    return said["mode"] + ended + "".join(known.get(i, ".") for i in asked)


def main():
    sys.path[0] = WORK
    job = Job(sys.argv[1])
    if len(sys.argv) > 2:
        request = json.loads(sys.argv[3])
        return cold(job, request, Report(int(sys.argv[2]), job, request["early"]))
    lines, answers = os.fdopen(os.dup(0)), os.fdopen(os.dup(1), "w")
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    if job.pytest:
        import pytest
    sys.pycache_prefix = "/tmp/.bytecode"
    sys.dont_write_bytecode = False
    base = Base(job)
    base.start_warm()
    answers.write("ready\n")
    answers.flush()
    for request in received(lines):
        answers.write(base.answer(request) + "\n")
        answers.flush()


main()
