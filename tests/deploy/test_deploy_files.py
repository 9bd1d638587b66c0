"""What platforms read says what the shop is: its commands, its settings, its pages for machines."""

import json
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from starlette.routing import Route

from tests.deploy import shapes
from webshop.routes import ROUTES
from webshop.settings.model import ROOT, Settings

TOOLS = Path(sys.executable).parent
LONGEST_EXIT = 26  # seconds: a platform that waits less would cut off what is under way
OTHERS = {"RENDER_EXTERNAL_URL"}  # what platforms call what we need


def json_file(name: str) -> Any:
    return json.loads((ROOT / name).read_text(encoding="utf-8"))


def render_file() -> Any:
    return yaml.safe_load((ROOT / "render.yaml").read_text(encoding="utf-8"))


def fly_file() -> Any:
    return tomllib.loads((ROOT / "fly.toml").read_text(encoding="utf-8"))


def unit(name: str) -> dict[str, list[str]]:
    """A systemd unit's settings; some of them may be there twice."""
    found: dict[str, list[str]] = {}
    for line in (ROOT / "deploy" / name).read_text(encoding="utf-8").splitlines():
        key, is_setting, value = line.partition("=")
        if is_setting and not line.startswith("#"):
            found.setdefault(key, []).append(value)
    return found


def procfile() -> dict[str, str]:
    lines = (ROOT / "Procfile").read_text(encoding="utf-8").splitlines()
    return dict(line.split(": ", 1) for line in lines)


FILES = {
    "app.json": (json_file("app.json"), shapes.HEROKU),
    "render.yaml": (render_file(), shapes.RENDER),
    "railway.json": (json_file("railway.json"), shapes.RAILWAY),
    "deploy/railway-worker.json": (json_file("deploy/railway-worker.json"), shapes.RAILWAY),
    "fly.toml": (fly_file(), shapes.FLY),
}


@pytest.mark.parametrize("name", FILES)
def test_a_platforms_file_has_the_shape_that_its_reference_asks_for(name: str) -> None:
    content, shape = FILES[name]
    jsonschema.validate(content, shape)
    for wrong in ({**content, "surprise": 1}, dict(list(content.items())[1:])):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, shape)


@pytest.mark.slow
@pytest.mark.parametrize(
    "kind, name",
    [
        ("vendor.github-workflows", ".github/workflows/tests.yml"),
        ("vendor.dependabot", ".github/dependabot.yml"),
    ],
)
def test_githubs_files_fit_their_published_schemas(kind: str, name: str, tmp_path: Path) -> None:
    command = [str(TOOLS / "check-jsonschema"), "--builtin-schema", kind]
    subprocess.run([*command, str(ROOT / name)], check=True, capture_output=True, timeout=60)
    wrong = tmp_path / "wrong.yml"
    wrong.write_text((ROOT / name).read_text(encoding="utf-8") + "\nsurprise: 1\n", encoding="utf-8")
    assert subprocess.run([*command, str(wrong)], capture_output=True, timeout=60).returncode == 1


def commands() -> Iterator[tuple[str, str, str]]:
    """Where, for which process, and what is run there."""
    web, worker = render_file()["services"]
    fly = fly_file()
    railway, railway_worker = json_file("railway.json"), json_file("deploy/railway-worker.json")
    yield "render.yaml", "web", web["startCommand"]
    yield "render.yaml", "worker", worker["startCommand"]
    yield "render.yaml", "release", web["preDeployCommand"]
    yield "fly.toml", "web", fly["processes"]["web"]
    yield "fly.toml", "worker", fly["processes"]["worker"]
    yield "fly.toml", "release", fly["deploy"]["release_command"]
    yield "railway.json", "web", railway["deploy"]["startCommand"]
    yield "railway.json", "release", railway["deploy"]["preDeployCommand"][0]
    yield "deploy/railway-worker.json", "worker", railway_worker["deploy"]["startCommand"]
    words = re.findall(r"^CMD (\[.*\])$", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    yield "Dockerfile", "web", shlex.join(json.loads(words[-1]))


def test_every_platform_runs_what_the_procfile_runs() -> None:
    found = list(commands())
    assert found == [(file, process, procfile()[process]) for file, process, _command in found]
    assert {process for _file, process, _command in found} == {"web", "worker", "release"}
    assert json_file("app.json")["formation"].keys() == procfile().keys() - {"release"}


def test_systemd_runs_it_too_behind_a_proxy_on_the_same_machine() -> None:
    python = "/srv/webshop/.venv/bin/python"
    web, worker = unit("webshop.service"), unit("webshop-worker.service")
    assert web["ExecStart"] == [f"{python} -m webshop serve"]  # on 127.0.0.1
    assert web["ExecStartPre"] == [f"{python} -m webshop release"]
    assert worker["ExecStart"] == [f"{python} -m webshop worker"]
    for each in (web, worker):
        assert each["KillMode"] == ["mixed"]
        assert each["EnvironmentFile"] == ["/etc/webshop.env"]
        assert each["WorkingDirectory"] == ["/srv/webshop"]
    assert (ROOT / "deploy" / "Caddyfile").read_text(encoding="utf-8").count("127.0.0.1:8000") == 1


def variables() -> Iterator[tuple[str, str]]:
    for name in json_file("app.json")["env"]:
        yield "app.json", name
    for service in render_file()["services"]:
        for variable in service["envVars"]:
            yield f"render.yaml, {service['name']}", variable["key"]
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    for line in re.findall(r"^ENV (.*)$", dockerfile, re.MULTILINE):
        for word in shlex.split(line):
            yield "Dockerfile", word.partition("=")[0]
    for name in ("webshop.service", "webshop-worker.service"):
        for word in " ".join(unit(name)["Environment"]).split():
            yield name, word.partition("=")[0]


def test_every_variable_is_one_that_the_shop_or_the_platform_reads() -> None:
    ours = {name.upper() for name in Settings.model_fields} | OTHERS
    assert [each for each in variables() if each[1] not in ours | {"PATH", "PYTHONDONTWRITEBYTECODE"}] == []


def test_the_worker_on_render_knows_what_its_web_knows() -> None:
    web, worker = render_file()["services"]
    keys = [{variable["key"] for variable in service["envVars"]} for service in (web, worker)]
    assert keys[1] - keys[0] == {"RENDER_EXTERNAL_URL"}  # the platform tells it to a web, but to no worker
    assert keys[0] - keys[1] == {"WEB_CONCURRENCY"}
    for variable in worker["envVars"]:
        if "fromService" in variable:
            source = variable["fromService"]
            assert source == {"type": "web", "name": web["name"], "envVarKey": variable["key"]}


def test_health_is_asked_where_the_shop_answers_it() -> None:
    asked = [
        render_file()["services"][0]["healthCheckPath"],
        json_file("railway.json")["deploy"]["healthcheckPath"],
        fly_file()["http_service"]["checks"][0]["path"],
        json_file("app.json")["healthchecks"]["web"][0]["path"],
    ]
    assert asked == ["/readyz"] * 4
    assert "/readyz'" in (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert "/readyz" in {route.path for route in ROUTES if isinstance(route, Route)}


def test_whoever_is_asked_to_end_gets_the_time_that_it_needs() -> None:
    given = [service["maxShutdownDelaySeconds"] for service in render_file()["services"]]
    given += [
        json_file(f"{name}.json")["deploy"]["drainingSeconds"]
        for name in ("railway", "deploy/railway-worker")
    ]
    given += [fly_file()["kill_timeout"]]
    given += [int(unit(f"{name}.service")["TimeoutStopSec"][0]) for name in ("webshop", "webshop-worker")]
    assert [seconds for seconds in given if seconds < LONGEST_EXIT] == []
    assert fly_file()["kill_signal"] == "SIGTERM"


def test_fly_and_the_image_agree_on_the_port() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert fly_file()["http_service"]["internal_port"] == 8000
    assert "PORT=8000" in dockerfile
    assert "EXPOSE 8000" in dockerfile


def test_caddy_takes_its_file() -> None:
    command = [str(TOOLS / "caddy"), "validate", "--adapter", "caddyfile", "--config"]
    file = ROOT / "deploy" / "Caddyfile"
    said = subprocess.run([*command, str(file)], capture_output=True, text=True, timeout=60)
    assert said.returncode == 0, said.stderr


def test_systemd_takes_its_units() -> None:
    systemd = shutil.which("systemd-analyze")
    if systemd is None:
        pytest.skip("no systemd here")
    units = [str(ROOT / "deploy" / name) for name in ("webshop.service", "webshop-worker.service")]
    said = subprocess.run([systemd, "verify", *units], capture_output=True, text=True, timeout=60)
    complaints = [line for line in said.stderr.splitlines() if "is not executable" not in line]
    assert complaints == []  # only Python is not where it will be


PAGES = "/ /cart /products/harbour-mug /pages/imprint /static/shop.css /readyz /sandbox/stripe.js".split()
ASK = """
import asyncio, sys
from webshop.app import create_app
from webshop.settings.model import load

async def ask(path):
    sent = []
    async def receive():
        return {"type": "http.request", "body": b"", "more_body": False}
    async def send(message):
        sent.append(message)
    scope = {"type": "http", "method": "GET", "scheme": "http", "http_version": "1.1", "root_path": "",
             "path": path, "raw_path": path.encode(), "query_string": b"",
             "headers": [(b"host", b"127.0.0.1:8000")],
             "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8000)}
    await app(scope, receive, send)
    return sent[0]["status"]

app = create_app(load())
print([asyncio.run(ask(path)) for path in sys.argv[1:]])
"""


def left_out(pattern: str) -> str:
    """A regular expression: the paths that a line of .dockerignore leaves out, with all that is in them."""
    inside = re.escape(pattern).replace(r"\*\*/", "(?:.*/)?").replace(r"\*", "[^/]*")
    return f"{inside.replace(re.escape('[co]'), '[co]')}(?:/.*)?"


def context(folder: Path, file: str) -> Path:
    """What of the repository is sent along. Patterns begin at its top."""
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    patterns = [left_out(line.lstrip("/")) for line in lines if line and not line.startswith("#")]
    tracked = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True
    )
    for name in tracked.stdout.splitlines():
        if not any(re.fullmatch(pattern, name) for pattern in patterns) and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("file", [".dockerignore", ".slugignore"])
def test_what_is_sent_along_is_a_whole_shop_and_little_more(file: str, tmp_path: Path) -> None:
    tree = context(tmp_path / "tree", file)
    assert not (tree / "tests").exists()
    assert not (tree / ".git").exists()
    assert (tree / "requirements.txt").exists()  # COPY, and what a buildpack looks for
    environment = {"PATH": "/usr/bin:/bin", "DATA_DIR": str(tmp_path / "data")}
    said = subprocess.run(
        [sys.executable, "-c", ASK, *PAGES],
        cwd=tree,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert said.stdout.splitlines()[-1:] == [str([200] * len(PAGES))], said.stderr
