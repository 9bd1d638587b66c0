"""A router with TLS before two web processes, as deploy/Caddyfile's kind is: Caddy, from its package."""

import json
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

import trustme

from tests.ports import free_port
from tests.rehearse.judge import Asked
from tests.rehearse.processes import Running, start

CADDYFILE = """
{{
    admin off
    auto_https off
    persist_config off
    storage file_system {folder}/caddy
    log {{
        level ERROR
    }}
}}

https://127.0.0.1:{port} {{
    bind 127.0.0.1
    tls {folder}/certificate.pem {folder}/key.pem
    log {{
        output file {folder}/access.log
        format json
    }}
    reverse_proxy {upstreams} {{
        health_uri /readyz
        health_interval 500ms
        health_timeout 3s
        lb_policy round_robin
        lb_try_duration 5s
        lb_try_interval 100ms
        # What was sent is never sent again: only a refused connection is tried at the other upstream.
        lb_retry_match {{
            method NEVER
        }}
    }}
    handle_errors 503 {{
        header Retry-After 5
        respond "No web process is there." 503
    }}
}}
"""


class Proxy:
    """`url` is the shop's public address; `authority` is the file of whom to trust for it."""

    def __init__(self, folder: Path, ports: list[int]) -> None:
        self._folder = folder
        port = free_port()
        self.url = f"https://127.0.0.1:{port}"
        self.authority = folder / "authority.pem"
        _certify(folder, self.authority)
        upstreams = " ".join(f"127.0.0.1:{each}" for each in ports)
        file = folder / "Caddyfile"
        file.write_text(dedent(CADDYFILE.format(folder=folder, port=port, upstreams=upstreams)))
        self._running = self._start(file)

    def _start(self, file: Path) -> Running:
        beside = Path(sys.executable).parent / "caddy"
        caddy = str(beside) if beside.exists() else shutil.which("caddy")
        assert caddy, "no caddy: make installs it"
        home = {"HOME": str(self._folder), "PATH": os.environ["PATH"]}
        command = [caddy, "run", "--config", str(file), "--adapter", "caddyfile"]
        return start("caddy", command, home, self._folder / "caddy.log")

    def stop(self) -> None:
        self._running.kill()

    def webhooks(self) -> Iterator[Asked]:
        """Every event that Stripe has posted so far, and how it was answered."""
        access = self._folder / "access.log"
        for line in access.read_text().splitlines() if access.exists() else ():
            entry = json.loads(line)
            if entry["request"]["uri"] == "/stripe/webhook":
                yield Asked(
                    "POST /stripe/webhook",
                    entry["ts"] - entry["duration"],
                    entry["ts"],
                    entry["status"],
                    polite=True,  # Stripe comes again by itself
                )


def _certify(folder: Path, authority: Path) -> None:
    ours = trustme.CA()
    ours.cert_pem.write_to_path(authority)
    certificate = ours.issue_cert("127.0.0.1")
    certificate.private_key_pem.write_to_path(folder / "key.pem")
    for pem in certificate.cert_chain_pems:
        pem.write_to_path(folder / "certificate.pem", append=True)
