"""AWS's SDKs, each from its registry, run one scenario of S3, STS, IAM and KMS: sdks/scenario.txt says what each step ends with.

What they need is downloaded once and kept under build/. Where a toolchain or a registry is not there, that language is skipped; in CI it fails.
"""

import difflib
import os
import pathlib
import re
import shutil
import subprocess
import uuid

import pytest

from live_server import ROOT

SDKS = pathlib.Path(__file__).parent / "sdks"
BUILT = ROOT / "build" / "sdks"
TOOLCHAINS = ROOT / ".venvs" / "toolchains" / "bin"
PATH = f"{TOOLCHAINS}:{os.environ['PATH']}"


def need(condition, what):
    if not condition:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(what)


def run(command, folder, **environment):
    # What is built gives way to the tests that run beside it.
    return subprocess.run(["nice", "-n", "19", *map(str, command)], cwd=folder, env={**os.environ, "PATH": PATH, **environment},
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=1500)


def fetch(command, folder, **environment):
    need(shutil.which(command[0], path=PATH), f"{command[0]} is not installed")
    done = run(command, folder, **environment)
    need(done.returncode == 0, f"not reached from this machine: {' '.join(map(str, command))}\n{(done.stdout + done.stderr)[-2000:]}")


def build(command, folder, **environment):
    done = run(command, folder, **environment)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-5000:]


def python(aws, scratch):
    return [ROOT / ".venv/bin/python", SDKS / "python/scenario.py"]


def javascript(aws, scratch):
    folder = BUILT / "javascript"  # Node looks for packages beside the program.
    lock = folder / "package-lock.json"
    wanted = (SDKS / "javascript/package-lock.json").read_bytes()
    fetched = lock.exists() and lock.read_bytes() == wanted and (folder / "node_modules/.package-lock.json").exists()
    shutil.copytree(SDKS / "javascript", folder, dirs_exist_ok=True)
    if not fetched:
        shutil.rmtree(folder / "node_modules", ignore_errors=True)
        fetch(["npm", "ci", "--loglevel=error", "--no-audit", "--no-fund", "--ignore-scripts"], folder)
    return ["node", folder / "scenario.mjs"]


def go(aws, scratch):
    folder = BUILT / "go"
    environment = {"GOPATH": str(folder / "path"), "GOCACHE": str(folder / "cache"), "GOFLAGS": "-modcacherw", "GOTOOLCHAIN": "local"}
    fetch(["go", "mod", "download"], SDKS / "go", **environment)
    build(["go", "build", "-o", folder / "scenario", "."], SDKS / "go", **environment)
    return [folder / "scenario"]


def build_java(source, folder):
    """Builds the program in `source` with what its pom.xml names; returns where Java finds it."""
    folder.mkdir(parents=True, exist_ok=True)
    pom = folder / "pom.xml"
    wanted = (source / "pom.xml").read_bytes()
    if not pom.exists() or pom.read_bytes() != wanted:
        shutil.rmtree(folder / "libraries", ignore_errors=True)
        fetch(["mvn", "-q", "-B", f"-Dmaven.repo.local={folder}/repository", "dependency:copy-dependencies",
               f"-DoutputDirectory={folder}/libraries", "-DincludeScope=runtime"], source)
        pom.write_bytes(wanted)
    build(["javac", "-encoding", "UTF-8", "-cp", f"{folder}/libraries/*", "-d", folder / "classes", *sorted(source.glob("*.java"))], folder)
    return f"{folder}/classes:{folder}/libraries/*"


def java(aws, scratch):
    found_in = build_java(SDKS / "java", BUILT / "java")
    # Java reads certificates in a format of its own only.
    trusted = scratch / "trusted.p12"
    build(["keytool", "-importcert", "-noprompt", "-file", aws.data / "tls/ca.pem", "-keystore", trusted, "-storepass", "scenario"], scratch)
    return ["java", "-Dfile.encoding=UTF-8", f"-Djavax.net.ssl.trustStore={trusted}", "-Djavax.net.ssl.trustStorePassword=scenario",
            "-cp", found_in, "Scenario"]


def rust(aws, scratch):
    folder = BUILT / "rust"
    fetch(["cargo", "fetch", "--quiet", "--locked"], SDKS / "rust")
    build(["cargo", "build", "--quiet", "--locked", "--target-dir", folder], SDKS / "rust")
    return [folder / "debug/scenario"]


def expected(aws, name):
    lines = []
    for line in (SDKS / "scenario.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            step, outcome = re.split(r" {2,}", line)[:2]
            lines.append(step + "\t" + outcome.replace("ACCOUNT", aws.account).replace("NAME", name))
    return lines


@pytest.mark.parametrize("sdk", [python, javascript, go, java, rust], ids=lambda sdk: sdk.__name__)
def test_the_scenario(aws, tmp_path, sdk):
    BUILT.mkdir(parents=True, exist_ok=True)
    program = sdk(aws, tmp_path)
    name = f"sagemaker-{sdk.__name__}-{uuid.uuid4().hex[:8]}"
    environment = {**os.environ, **aws.environment, "PATH": PATH, "HOME": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    environment.pop("AWS_CA_BUNDLE", None)  # As `sagebrush env` does.
    done = subprocess.run([*map(str, program), name], cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8", timeout=300)
    differences = list(difflib.unified_diff(expected(aws, name), done.stdout.splitlines(), "scenario.txt", sdk.__name__, lineterm="", n=0))
    assert not differences, "\n".join([*differences, done.stderr[-3000:]])
    assert done.returncode == 0, done.stderr[-3000:]
