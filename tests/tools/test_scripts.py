"""Each script of the project, broken once on purpose: it must end with a failure and say which command it was, in which file and line."""

import os
import pathlib
import re
import shutil
import subprocess
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
# What a script may not do while it is tried: in its place stands a program that does nothing.
HARMLESS = """apt-cache apt-get apt busybox ccache chroot clang-19 clang-format-19 clang-tidy-19 cmake ctest dpkg dpkg-deb dpkg-query
    dpkg-shlibdeps git make mkfs.ext4 mmdebstrap mount ninja podman python3 qemu-system-x86_64 sudo unshare useradd wrk""".split()
# Users run these as they are, or they end with their own word for what failed.
OWN_WAY = {"examples/aws_cli.sh", "tests/cgroup2/inside.sh", "tools/strict.sh"}

FAIL = "echo 'the stand-in fails' >&2; exit 3"
ALL_INSTALLED = "shift 2; for package; do echo \"$package install ok installed\"; done"
VENV = "mkdir -p \"$3/bin\" && printf '#!/bin/sh\\nexit 3\\n' > \"$3/bin/python\" && chmod +x \"$3/bin/python\""
PAGE = "[ $1 = grep ] && echo 'docs/nouns.md:<!-- Written by `sagebrush operations --nouns`; -->' || echo tools/build.sh"
FINDING = "echo 'Test unit written to there/csv_fuzz-crash-1' >&2; exit 77"

# script, its arguments, what stands in for which program, what it must say beside the script's name
CASES = [
    ("tools/debian_packages.sh", ["tools/packages.txt"], {"dpkg-query": FAIL}, "installed=$(dpkg-query"),
    ("tools/debian_packages.sh", ["tools/packages.txt"], {"apt-get": FAIL}, "apt-get update"),
    ("tools/debian_packages.sh", ["tools/packages.txt"], {"apt-get": "[ $1 = update ] || { echo 'E: no such package'; exit 100; }"},
     "E: no such package"),
    ("tools/setup.sh", [], {"dpkg-query": FAIL}, "debian_packages.sh tools/packages.txt"),
    ("tools/setup.sh", [], {"dpkg-query": ALL_INSTALLED, "python3": FAIL}, "python_environment.sh .venv"),
    ("tools/python_environment.sh", ["environment", "tools/requirements.txt"], {"python3": FAIL}, "python3 -m venv"),
    ("tools/python_environment.sh", ["environment", "tools/requirements.txt"], {"python3": VENV}, "(of the pipe: 3 0 0)"),
    ("tools/clients.sh", [], {"dpkg-query": FAIL}, "debian_packages.sh tools/client_packages.txt"),
    ("tools/clients.sh", [], {"dpkg-query": ALL_INSTALLED, "python3": FAIL}, "python_environment.sh"),
    ("tools/duckdb.sh", [], {"curl": FAIL}, "curl --fail"),
    ("tools/duckdb.sh", [], {"curl": "while [ \"$1\" != --output ]; do shift; done; echo other > \"$2\""}, "is not the file that was pinned"),
    ("tools/build.sh", [], {"cmake": FAIL}, "the stand-in fails"),
    ("tools/build.sh", [], {"ninja": FAIL}, "ninja -C"),
    ("tools/progress.sh", [], {}, "unbound variable"),
    ("tools/format.sh", [], {"git": "printf 'a.cc\\0'", "clang-format-19": FAIL}, "clang-format-19 -i"),
    ("tools/lint.sh", [], {"clang-format-19": FAIL}, "clang-format-19 --dry-run"),
    ("tools/lint.sh", ["a.cc"], {"git": "echo tools/build.sh", "clang-tidy-19": FAIL}, "the stand-in fails"),
    ("tools/lint.sh", [], {"git": PAGE, "build/bin/sagebrush": FAIL}, "written=$($command)"),
    ("tools/lint.sh", [], {"git": PAGE, "build/bin/sagebrush": "echo other", "docs/nouns.md": "a page"},
     "docs/nouns.md is not current. Run: build/bin/sagebrush operations --nouns > docs/nouns.md"),
    ("tools/test.sh", [], {"ninja": FAIL}, "tools/build.sh"),
    ("tools/test.sh", [], {"ctest": "echo 'The following tests FAILED'; exit 8"}, "The following tests FAILED"),
    ("tools/test.sh", [], {"ctest": "echo 'tests passed'", "dpkg-query": ALL_INSTALLED, "python3": FAIL}, "tools/clients.sh"),
    ("tools/fuzz.sh", ["1", "csv_fuzz"], {"ninja": FAIL}, "tools/build.sh --preset debug"),
    ("tools/fuzz.sh", ["1", "csv_fuzz"], {"build-debug/bin/csv_fuzz": FINDING, ".venv/bin/python": "true"},
     "csv_fuzz: there/csv_fuzz-crash-1; repeat with: build-debug/bin/csv_fuzz there/csv_fuzz-crash-1"),
    ("tools/deb.sh", [], {}, "CMAKE_PROJECT_VERSION"),
    ("tools/deb.sh", [], {"build/CMakeCache.txt": "CMAKE_PROJECT_VERSION:STATIC=1", "cmake": FAIL}, "the stand-in fails"),
    ("tools/fresh.sh", ["--nonsense"], {}, "unknown option --nonsense"),
    ("tools/fresh.sh", ["true"], {"mmdebstrap": FAIL, "id": "echo 0"}, "mmdebstrap --quiet"),
    ("tools/fresh.sh", ["true"], {"mmdebstrap": "exit 0", "id": "echo 0"}, 'mv "$base.new"'),
    ("bench/run.sh", [], {"ninja": FAIL}, "tools/build.sh programs benchmarks"),
    ("bench/minio.sh", [], {"go": FAIL}, "go install"),
    ("bench/podman_start.sh", [], {"clang-19": FAIL}, "clang-19 -static"),
    ("bench/serving_http_bench.sh", [], {".venv/bin/python": FAIL}, ".venv/bin/python -m venv"),
    ("tests/cgroup2/run.sh", [], {"apt-cache": FAIL}, "apt-cache depends"),
    ("tests/power/prepare.sh", ["ext4"], {"apt-cache": FAIL}, "apt-cache depends"),
    ("tests/power/run.sh", [], {".venv/bin/python": FAIL}, ".venv/bin/python -m pytest"),
    ("tests/deb/run.sh", ["missing.deb"], {}, "missing.deb is missing"),
    ("tests/deb/run.sh", ["README.md"], {"mmdebstrap": FAIL, "id": "echo 0"}, "mmdebstrap --quiet"),
    ("tests/deb/inside.sh", [], {"apt-get": FAIL}, "apt-get update"),
    ("tests/tools/fresh_leaves_nothing.sh", [], {"mmdebstrap": FAIL, "id": "echo 0"}, "wait $fresh"),
    (".ci/run", [], {"mmdebstrap": FAIL, "id": "echo 0"}, "fresh --files"),
    (".ci/newcomer.sh", [], {"make": FAIL}, "step make run"),
]


@pytest.fixture
def project(tmp_path):
    """A copy of the scripts, in a path with a space."""
    folder = tmp_path / "a project"
    for name in scripts() + ["README.md", "tools/packages.txt", "tools/client_packages.txt", "tools/requirements.txt",
                              "tools/clients/aws-cli.txt"]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    shutil.copy(ROOT / "tools/strict.sh", folder / "tests/deb")  # As run.sh lays it beside inside.sh.
    return folder


def scripts():
    listed = subprocess.check_output(["git", "ls-files", "*.sh", ".ci/*"], cwd=ROOT, text=True).split()
    return [name for name in listed if not name.startswith("examples/")]


def stand_in(path, script):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(script if path.suffix == ".txt" else "#!/bin/bash\n" + script + "\n")
    path.chmod(0o755)


def run(project, script, arguments, stand_ins):
    programs = project / "stand-ins"
    for name in HARMLESS:
        stand_in(programs / name, "exit 0")
    for name, text in stand_ins.items():
        stand_in(project / name if "/" in name else programs / name, text)
    environment = {"PATH": f"{programs}:/usr/bin:/bin", "HOME": str(project), "TMPDIR": str(project), "SAGEBRUSH_PROGRESS_SECONDS": "5"}
    return subprocess.run(["bash", script, *arguments], cwd=project, env=environment, capture_output=True, text=True, timeout=60,
                          stdin=subprocess.DEVNULL)


@pytest.mark.parametrize("script, arguments, stand_ins, words", CASES, ids=lambda value: value if isinstance(value, str) else "")
def test_a_script_that_fails_says_what_failed(project, script, arguments, stand_ins, words):
    done = run(project, script, arguments, stand_ins)
    output = done.stdout + done.stderr
    assert done.returncode != 0, output
    assert words in output
    own_words = re.search(r"Findings|FAILED|unknown option|unbound variable|is missing|is not current", output)
    assert own_words or re.search(rf"{re.escape(script)}:\d+: (failed with status \d+|called)", done.stderr), output


def test_every_script_is_broken_once_and_sees_every_failure():
    assert {case[0] for case in CASES} == {name for name in scripts() if name not in OWN_WAY and os.access(ROOT / name, os.X_OK)} | {
        "tests/deb/inside.sh"}
    for name in scripts():
        if name in OWN_WAY:
            continue
        text = (ROOT / name).read_text()
        assert re.search(r'^source ".*strict\.sh"$', text, re.MULTILINE), name
        assert "< <(" not in text, f"{name}: the end of a process substitution is not seen; use $(...)"


def test_progress_counts_steps_and_estimates_what_is_left():
    steps = "for i in $(seq 40); do echo \"[$i/80] step $i\"; sleep 0.2; done; echo 'a warning'"
    began = time.monotonic()
    done = subprocess.run(["bash", "-c", f"({steps}) | tools/progress.sh Building"], cwd=ROOT, capture_output=True, text=True, timeout=60,
                          env={**os.environ, "SAGEBRUSH_PROGRESS_SECONDS": "2"})
    pace = (time.monotonic() - began) / 40  # This machine's, now.
    lines = done.stdout.splitlines()
    assert done.returncode == 0 and "a warning" in lines
    assert re.fullmatch(r"Building: done in \d+ s", lines[-1])
    estimates = [re.fullmatch(r"Building: (\d+) of 80 steps, about (\d+) s left \(step \d+\)", line) for line in lines]
    found = [(int(match[1]), int(match[2])) for match in estimates if match]
    assert found
    for steps_done, left in found:
        assert pace * (80 - steps_done) / 3 < left < pace * (80 - steps_done) * 3


def test_progress_gives_a_sign_of_life_while_a_step_is_long():
    done = subprocess.run(["bash", "-c", "(echo '[1/2] long'; sleep 2.5; printf '[2'; sleep 1.5; echo '/2] last'; sleep 1.5) | tools/progress.sh Building"], cwd=ROOT, capture_output=True,
                          text=True, timeout=60, env={**os.environ, "SAGEBRUSH_PROGRESS_SECONDS": "1"})
    assert done.stdout.count("Building: 1 of 2 steps (long)") >= 2
    assert "Building: 2 of 2 steps" in done.stdout and "/2] last" not in done.stdout  # A line that came in two parts.


FUZZ_TARGET = """case " $* " in
  *" -merge=1 "*) cp "${@: -1}"/needed "${@: -2:1}" ;;
  *) for argument; do case $argument in */corpus/*) touch "$argument/needed" "$argument/not-needed" ;; esac; done; echo 'Done 5 runs' >&2 ;;
esac"""


def test_fuzzing_tries_all_targets_and_keeps_the_inputs_that_are_needed(project):
    stand_ins = {"build-debug/bin/csv_fuzz": FUZZ_TARGET, "build-debug/bin/json_fuzz": FINDING, "build-debug/bin/ubj_fuzz": FUZZ_TARGET,
                 ".venv/bin/python": "true"}
    done = run(project, "tools/fuzz.sh", ["1", "json_fuzz", "csv_fuzz", "ubj_fuzz"], stand_ins)
    assert done.returncode == 1
    assert re.findall(r"(\w+_fuzz) +Done 5 runs", done.stdout) in (["csv_fuzz", "ubj_fuzz"], ["ubj_fuzz", "csv_fuzz"])
    assert "Findings: 1\njson_fuzz: there/csv_fuzz-crash-1; repeat with: build-debug/bin/json_fuzz there/csv_fuzz-crash-1" in done.stderr
    kept = project / ".cache/sagebrush/fuzz/corpus"
    assert os.listdir(kept / "csv_fuzz") == os.listdir(kept / "ubj_fuzz") == ["needed"]
