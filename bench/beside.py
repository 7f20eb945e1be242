"""What a change costs: the server of an earlier commit and this one, measured in turns on the same machine by the same benchmark.

usage: beside.py COMMIT [--rounds 4] [--only WORD]...    (default: start, jobs, requests)

Builds the commit in a clone of its own below ~/.cache/sagebrush/beside, with the tools that it has itself; writes docs/benchmarks-beside.md.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from live_server import machine

# What a loss buys: printed under the table where this server is more than 3 % behind.
LOSSES = {
    "InvokeEndpoint": "each request asks whether policies' conditions hold for the tags of what it is for, takes a place among those of its access key, and is read with one framing; "
                      "none of it stands out in the profile.",
    "DescribeTrainingJob": "as InvokeEndpoint.",
    "restart": "the databases' pages and write-ahead logs are looked through for damage before anything is opened.",
    "memory": "tables of the service authorisation reference, and what is known of each client.",
}
ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/benchmarks-beside.md"


@dataclass
class Compared:
    what: str
    unit: str
    before: float
    now: float
    less_is_better: bool

    @property
    def ratio(self):
        return self.before / self.now if self.less_is_better else self.now / self.before

    def cells(self):
        number = lambda value: f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
        return f"| {self.what} | {number(self.before)} {self.unit} | {number(self.now)} {self.unit} | {self.ratio:.2f} |"


def git(*arguments):
    return subprocess.check_output(["git", *arguments], cwd=ROOT, text=True).strip()


def built(commit):
    """The build directory of that commit."""
    folder = Path("~/.cache/sagebrush/beside").expanduser() / commit
    if not folder.exists():
        subprocess.run(["git", "clone", "--quiet", "--shared", "--no-checkout", ROOT, folder], check=True)
        subprocess.run(["git", "-C", folder, "checkout", "--quiet", "--detach", commit], check=True)
    (folder / ".venv").unlink(missing_ok=True)
    (folder / ".venv").symlink_to(ROOT / ".venv")
    subprocess.run(["tools/build.sh", "sagebrush", "sagebrush-supervisor", "sagebrush-algorithms"], cwd=folder, check=True)
    return folder / "build"


def measure(build, word):
    environment = {**os.environ, "SAGEBRUSH_BUILD_DIR": str(build)}
    text = subprocess.check_output([sys.executable, "bench/measure.py", "--print", "--json", "--only", word], cwd=ROOT, text=True, env=environment)
    return json.loads(text.splitlines()[-1])


def page(before, turns, where, rows):
    return "\n".join([
        "<!-- Written by `bench/beside.py`. -->", "# Beside an earlier server", "",
        f"Measured {time.strftime('%Y-%m-%d')} by `bench/beside.py {before}` on: {where}. The server of commit {before} ({git('show', '-s', '--format=%cs', before)})",
        f"and this one took turns {turns} times; the median of each counts. Ratio: above 1, this one is better.", "",
        "| what | before | now | ratio |", "|---|---|---|---|", *(row.cells() for row in rows), "",
        *(f"- {word}: {loss}" for word, loss in LOSSES.items() if any(word in row.what and row.ratio < 0.97 for row in rows)), ""])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("commit")
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--only", action="append", metavar="WORD", help="a group of bench/measure.py; may be given several times")
    options = parser.parse_args()
    before = git("rev-parse", "--short", options.commit)
    builds = {"before": built(before), "now": ROOT / "build"}
    rows = {}
    for turn in range(options.rounds):
        for word in options.only or ["start", "jobs", "requests"]:
            # What one leaves behind, in the file system's journal say, the other finds: each is first as often.
            for which, build in list(builds.items())[::1 if turn % 2 == 0 else -1]:
                for row in measure(build, word):
                    rows.setdefault(row["what"], {"before": [], "now": [], **row})[which].append(row["measured"])
    compared = [Compared(what, row["unit"], *(statistics.median(row[which]) for which in builds), row["less_is_better"]) for what, row in rows.items()]
    for row in compared:
        print(row.cells(), flush=True)
    PAGE.write_text(page(before, options.rounds, machine()[0], compared))


main()
