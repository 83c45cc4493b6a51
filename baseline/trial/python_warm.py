# A trial, in a process of its own: with the tree imported anew, or already.


def cold(job, request, report):
    """Imports the tree as it is on disk, and runs what is asked for."""
    names, files = [job.tests[i] for i in request["tests"]], [job.files[i] for i in request["tests"]]
    if job.pytest:
        chosen = set(names)
        pytest_run(files, lambda items, loop: run_items([i for i in items if i.nodeid in chosen], loop, report))
    else:
        run_cases(load_cases(files), names, report)


class Warm:
    """The tree imported, its tests collected, and what the import called."""

    def __init__(self, job):
        self.job, self.called, self.plans = job, set(), {}

    def start(self):
        sys.setprofile(self.note)
        if self.job.pytest:
            pytest_run(self.job.files, self.collected)
        else:
            self.cases = load_cases(self.job.files)
            self.serve(self.run_unittest)

    def note(self, frame, event, argument):
        if event == "call":
            self.called.add(place(frame.f_code))

    def collected(self, items, loop):
        named = {item.nodeid: item for item in items}
        self.serve(lambda request, report: run_items(
            [named[self.job.tests[i]] for i in request["tests"] if self.job.tests[i] in named], loop, report))

    def run_unittest(self, request, report):
        run_cases(self.cases, [self.job.tests[i] for i in request["tests"]], report)

    def serve(self, run):
        sys.setprofile(None)
        self.live = {}
        gc.collect()
        for item in gc.get_objects():
            if isinstance(item, types.FunctionType):
                self.live.setdefault(place(item.__code__), []).append(item)
        gc.freeze()
        modules = [n for n, m in list(sys.modules.items()) if not (getattr(m, "__file__", None) or "").startswith(WORK)]
        send(self.answers, {"ready": modules})
        for request in received(self.requests):
            patches = self.patches(request["candidates"])
            if patches is None:
                send(self.answers, {"cold": True})
            else:
                send(self.answers, watched(self.job, request, lambda report: self.hot(patches, run, request, report)))

    def hot(self, patches, run, request, report):
        for function, code in patches:
            function.__code__ = code
        run(request, report)

    def patches(self, chosen):
        """The functions that candidates change, with their new code; None: not by that alone."""
        changes, patches = {}, []
        for i in chosen:
            for change in self.job.candidates[i]:
                changes.setdefault(change["file"], []).append(change)
        try:
            for name, of in changes.items():
                plan = self.plans.get(name) or self.plans.setdefault(name, Plan(name, self.job.sources[name]))
                for old, new in plan.differing(of):
                    if place(old) in self.called or place(old) not in self.live:
                        return None
                    patches += [(function, new) for function in self.live[place(old)]]
                    if any(len(f.__code__.co_freevars) != len(new.co_freevars) for f in self.live[place(old)]):
                        return None
        except (Unpatchable, SyntaxError, ValueError, RecursionError):
            return None
        return patches
