"""Measures what the project promises, each beside its peer, and writes docs/benchmarks.md.

usage: measure.py [--only WORD] [--print] [--json] [--precedence]
"""

import argparse
import json
import os
import re
import statistics
import subprocess
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

import bulk_loads
import object_loads
import whole_server
from live_server import ROOT, machine, take_precedence
from row import Row

PAGE = ROOT / "docs/benchmarks.md"


# What was tried, and what limits a figure: printed under the table while its goal is missed.
LIMITS = {
    "S3 PUT 64 KiB": "the kernel takes three fifths of the processor time: the bytes go to the index's log, from there to its file, and to a file of their own. A seventh of it all is ext4 looking for "
                     "an inode that was not freed in the last seconds, as each overwrite frees one. Tried: no copy in the log for more than 32 KiB (twice as slow alone, an eighth faster at 16), "
                     "commits by whoever waits, unlinks aside, whole bodies at once. Next: small files written from the log when it is emptied, not before.",
    "S3 PUT": "processor time and the disk: see 64 KiB.",
    "S3 GET": "processor time decides, half of it the kernel's (TCP, open, read); at 16 connections server and client share two cores. Done: entries in memory, the I/O thread answers when nothing has to wait, so no "
              "thread is woken for a request. 8 MiB are decrypted.",
    "aws s3 cp": "CompleteMultipartUpload copies the parts into one file, which a channel links to, so the disk writes everything twice; MinIO leaves the parts. Next: parts of equal size written to their place in one file.",
    "a channel": "100,000 calls of link(2) take 2 s of ext4's time in one directory; the rest is looking up, authorising and, once, verifying each object. Next: verify and authorise beside the linking, keep the tree for later jobs.",
    "p99": "not settled: the figure is either 1 to 3 ms or 44 to 75 ms, from run to run, also on a quiet machine. The machine itself stops a "
           "process that only counts for 100 ms at times. Client, server and model server are four busy threads on two cores. Tried: SCHED_BATCH for "
           "the I/O threads (a fifth less of the server's processor time a request, no steadier p99), not kept: it may delay answers beside training jobs.",
    "InvokeEndpoint": "processor time decides: about 50 µs in the server, 15 µs in the model server and the client's own. A third of the "
                      "server's is the kernel's TCP. Tried: fewer allocations for headers, no formatting of dates to compare them.",
    "DescribeTrainingJob": "processor time decides, four fifths of it in user space. By instructions: two fifths write the reply (a job of a built-in "
                           "algorithm describes 38 metric definitions: 5 KB), a quarter copies the description, a seventh checks the signature, a tenth IAM.",
    "upload": "each sync of the three that a start needs waits behind the gigabytes that the jobs wrote, and eight threads pack on two cores. Write-ahead logs have room "
              "behind their commits, long files go to the disk piece by piece, and packing leaves a processor to others: what is left is the disk.",
    "first line": "not profiled on a quiet machine. Four programs start one after the other (supervisor, bubblewrap, its first process, the algorithm), each needing a core that other programs had; the fastest of the runs is given in the table.",
    "100 CSV rows": "a row costs 0.57 µs in the trees, 0.34 µs to read its 30 numbers, 0.14 µs in the kernel and 0.08 µs to write; the client needs the rest of the two cores.",
    "": "see the load above: other programs were running on the machine.",
}


def output_of(command, **environment):
    return subprocess.check_output(command, text=True, cwd=ROOT, env={**os.environ, **environment})


def podman():
    try:
        return statistics.median(map(float, output_of(["bench/podman_start.sh", "8"]).split()))
    except subprocess.CalledProcessError:
        return 0


def spread(values):
    return f"median of {len(values)}, {min(values):.0f} to {max(values):.0f}"


def job_rows(server):
    first_line = server.first_line_ms(15)
    quickstart = server.quickstart_ms(5)
    in_service = server.in_service_ms(5)
    return [
        Row("CreateTrainingJob call to the first line of the algorithm's code, p50", 30, "ms", statistics.median(first_line),
            True, spread(first_line), "`podman run` of an empty image", podman()),
        Row("whole quickstart job, create to Completed", 1000, "ms", statistics.median(quickstart), True, spread(quickstart)),
        Row("CreateEndpoint to InService", 300, "ms", statistics.median(in_service), True, spread(in_service)),
    ]


def upload_rows():
    """On a server of its own, which ends in the middle of the uploads."""
    with tempfile.TemporaryDirectory() as folder, whole_server.WholeServer(Path(folder) / "data") as server:
        quiet = statistics.median(server.in_service_ms(9))
        server.begin_uploads(8, 10**9)
        busy = server.in_service_ms(9)
    return [Row("CreateEndpoint to InService while 8 jobs upload 1 GB each", 2 * quiet, "ms", statistics.median(busy), True,
                f"{spread(busy)}; the goal is twice the {quiet:.0f} ms without them")]


def many_rows():
    """100,000 resources of a noun: what lists and searches take, what the server holds, and its start with them."""
    with tempfile.TemporaryDirectory() as folder:
        with whole_server.WholeServer(Path(folder) / "data") as server:
            count = server.create_models_until(100_000)
            rows = [Row(f"{what} among {count:,} models, p99", 20, "ms", whole_server.percentile(times, 0.99), True,
                        f"p50 {statistics.median(times):.2f} ms, of {len(times)} calls") for what, times in server.list_times(200)]
            rows.append(Row(f"memory with {count:,} models, listed and searched", 300, "MiB", whole_server.resident_mib(server.process.pid), True))
        with whole_server.LiveServer(Path(folder) / "data") as server:
            rows.append(Row(f"start with {count:,} models stored", 1000, "ms", server.ready_ms, True))
    return rows


def best(loads):
    """Of several runs the fastest: other programs on the machine only ever slow one down."""
    return max(loads, key=lambda load: load.rate)


def request_rows(server):
    rows = []
    for who in ("user", "role"):
        load = best(server.invoke(who, 3) for _ in range(4))
        rows.append(Row(f"InvokeEndpoint, one row, as a {who} with policies, 8 connections", 15000, "/s", load.rate, False, load.text))
        rows.append(Row(f"InvokeEndpoint as a {who}, p99", 3, "ms", load.p99, True, "of the same run"))
    many = [server.run_job("model", {"num_round": "1"})[0] for _ in range(100)]
    for what, jobs in (("100 jobs in turn", many), ("one job", many[:1])):
        load = best(server.describe(jobs, 3) for _ in range(4))
        rows.append(Row(f"DescribeTrainingJob, {what}, as a user with policies, 16 connections", 25000, "/s", load.rate, False, load.text))
    load = best(server.create_model(3) for _ in range(2))
    rows.append(Row("CreateModel, durable, 16 connections", 3000, "/s", load.rate, False, load.text))
    return rows


def model_server_rows():
    table = output_of(["bench/serving_http_bench.sh"], BENCH_SECONDS="3")
    rates = {int(row[0]): (float(row[1]), float(row[2])) for row in re.findall(r"(?m)^(\d+)\s+(\d+)\s+(\d+)", table)}
    peer = "FastAPI, uvicorn, 2 workers"
    return [
        Row("model server directly, one CSV row, 32 connections", 60000, "requests/s", rates[1][0], False, "", peer, rates[1][1]),
        Row("model server directly, 100 CSV rows a request", 1e6, "rows/s", 100 * rates[100][0], False, "", peer, 100 * rates[100][1]),
    ]


def predictor_row():
    report = output_of(["build/bin/serving_bench", "--benchmark_filter=/1$", "--benchmark_min_time=0.5"])
    microseconds = {name: float(time) / 1000 for name, time in re.findall(r"(?m)^BM_(\w+)/1\s+([\d.]+) ns", report)}
    return Row("prediction of one row in the model server", 1.5, "µs", microseconds["Predictor"], True, "",
               "XGBoost library", microseconds["Library"])


def start_rows():
    first, again, idle = whole_server.start_and_idle(5)
    return [
        Row("server: first start to ready, empty data directory", 150, "ms", statistics.median(first), True, "median of 5"),
        Row("server: restart to ready", 150, "ms", statistics.median(again), True, "median of 5"),
        Row("server: idle memory (resident)", 50, "MiB", idle, True, ""),
    ]


def parts():
    """Benchmarks of single folders, without goals of their own: as they print."""
    commands = [["build/bin/job_start", "--benchmark_counters_tabular=true"], ["build/bin/store_bench", "1", "/tmp"],
                ["build/bin/wire_bench", "--benchmark_min_time=0.1"],
                ["build/bin/policy_bench", "--benchmark_min_time=0.1"], ["build/bin/audit_bench", "--benchmark_min_time=0.1"],
                ["build/bin/objects_bench", "--benchmark_min_time=0.1"]]
    for command in commands:
        text = subprocess.run(command, cwd=ROOT, capture_output=True, text=True).stdout
        yield f"`{Path(command[0]).name}`\n\n```\n{text.strip()}\n```\n"


def page(rows, load_before):
    lines = ["<!-- Written by `make bench`. -->", "# Benchmarks", "",
             f"Measured {time.strftime('%Y-%m-%d')} by `bench/run.sh` on: {machine()[0]}. Load average when it began: {load_before}.",
             "Requests come from wrk, signed, over HTTP to a real `sagebrush serve`; of several runs the fastest counts, of",
             "single operations the median.", "",
             "| what | goal | measured | met | beside | ratio | |", "|---|---|---|---|---|---|---|"]
    lines += ["| " + " | ".join(row.cells()) + " |" for row in rows]
    missed = [row for row in rows if not row.met()]
    if missed:
        lines += ["", "## Missed goals, and what limits them", ""]
        lines += [f"- {row.what}: " + next(text for word, text in LIMITS.items() if word in row.what) for row in missed]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", metavar="WORD", help="only the group whose name has WORD")
    parser.add_argument("--json", action="store_true", help="in the end all rows as one line of JSON")
    parser.add_argument("--print", action="store_true", help="leave docs/benchmarks.md alone")
    parser.add_argument("--precedence", action="store_true", help="go before other programs of a machine that is in use (root)")
    options = parser.parse_args()
    load_before = machine()[1]
    if options.precedence:
        take_precedence()
        load_before += "; other programs gave way to the benchmarks"
    rows = []

    def add(name, measure):
        if options.only not in name:
            return
        for row in measure():
            rows.append(row)
            print("  ".join(cell for cell in row.cells() if cell), flush=True)

    add("start", start_rows)
    with tempfile.TemporaryDirectory() as folder, whole_server.WholeServer(Path(folder) / "data", options.precedence) as server:
        add("jobs", lambda: job_rows(server))
        add("requests", lambda: request_rows(server))
    add("uploads", upload_rows)
    add("objects", object_loads.rows)
    add("bulk", bulk_loads.rows)
    add("many", many_rows)
    add("model server", model_server_rows)
    add("predictor", lambda: [predictor_row()])
    if options.json:
        print(json.dumps([asdict(row) for row in rows]))
    if options.only or options.print:
        return
    text = page(rows, load_before) + "\n## Parts on their own\n\n" + "\n".join(parts())
    PAGE.write_text(text)
    print(f"{PAGE.relative_to(ROOT)} is written.")


main()
