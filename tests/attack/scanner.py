"""Wapiti, a scanner of web applications that others keep: run on one shop, its report read.

It lives in .venv-attack, an environment of its own: it needs what the shop does not.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.attack.findings import SERVER_ERROR, Finding
from webshop.settings.model import ROOT

TOOLS = ROOT / ".venv-attack" / "bin"
MODULES = (
    "xss permanentxss sql timesql redirect csrf crlf csp http_headers cookieflags stacktrace_disclosure"
).split()
CRAWL, MODULE = 30, 15  # seconds, at most: for the crawl, and for each module
STUCK = CRAWL + MODULE * len(MODULES) + 60
ERRORS = ("Internal Server Error",)


def make_certificate(folder: Path) -> Path:
    """server.pem, server.key and client.pem, which trusts them, for 127.0.0.1."""
    command = [sys.executable, "-m", "trustme", "-q", "-d", str(folder), "-i", "127.0.0.1"]
    subprocess.run(command, check=True)
    return folder


def scan(url: str, folder: Path, starts: Sequence[str] = (), cookie: str = "") -> list[Finding]:
    """What it has found at `url`. `starts` are more addresses to begin at; `folder` is where it keeps its
    things. Raises RuntimeError when it writes no report."""
    report, said = folder / "wapiti.json", folder / "wapiti.txt"
    command = [
        *(str(TOOLS / "python"), str(ROOT / "tests" / "attack" / "only_here.py"), str(TOOLS / "wapiti")),
        *("-u", f"{url}/", "--scope", "domain", "-m", ",".join(MODULES)),
        *(part for start in starts for part in ("-s", start)),
        *("-x", f"{url}/static/*", *(("-C", cookie) if cookie else ())),
        *("--max-scan-time", str(CRAWL), "--max-attack-time", str(MODULE), "--tasks", "4"),
        *("--store-session", str(folder / "session"), "--store-config", str(folder / "config")),
        *("--endpoint", "http://127.0.0.1:1/", "--no-bugreport", "-v", "0", "-f", "json", "-o", str(report)),
    ]
    environment = {"PATH": str(TOOLS), "HOME": str(folder)}
    with said.open("w") as out:
        process = subprocess.Popen(
            command, env=environment, cwd=folder, stdout=out, stderr=out, start_new_session=True
        )
        try:
            process.wait(STUCK)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait(10)
    if not report.exists():
        raise RuntimeError(f"the scanner wrote no report: {said.read_text()[-2000:]}")
    return list(read_report(json.loads(report.read_text())))


def read_report(report: Mapping[str, Any]) -> Iterator[Finding]:
    """`how` is the request as it was sent."""
    for part in ("vulnerabilities", "anomalies"):
        for category, found in report[part].items():
            kind = SERVER_ERROR if category in ERRORS else category
            yield from (Finding(kind, each["path"], each["info"], each["http_request"]) for each in found)
