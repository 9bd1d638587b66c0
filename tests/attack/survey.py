"""What somebody with a browser gets to know: follows every link and reads every form."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import parse_qsl, urljoin, urlsplit

from bs4 import BeautifulSoup, Tag
from httpx2 import Client, Response

from tests.attack.targets import Target
from tests.shopper import parse

Known = TypeVar("Known")
Fields = dict[str, str]

MOST_PAGES = 80
IDS = re.compile(r"\b(?:cs|pi|ch|re|evt|cus|shr|txr|whsec)_\w{20,}|\bsk_test_\w+")  # the whole ones


@dataclass
class Survey:
    """Known values, by their target's path: of the parts of the path itself, of queries and of forms.
    `addresses` have been seen, `words` are values of every kind, and `keys` open something private. `refill`
    is where something is put into the cart. `events` are what Stripe has sent, signed with `signing`."""

    targets: Sequence[Target]
    cookie: str = ""
    panel: str = ""  # the cookie that opens the sandbox's panel
    refill: str = ""
    keys: set[str] = field(default_factory=set)
    parts: dict[tuple[str, str], list[str]] = field(default_factory=lambda: defaultdict(list))
    queries: dict[str, list[Fields]] = field(default_factory=lambda: defaultdict(list))
    forms: dict[str, list[Fields]] = field(default_factory=lambda: defaultdict(list))
    addresses: list[str] = field(default_factory=list)
    words: set[str] = field(default_factory=set)
    events: list[object] = field(default_factory=list)
    signing: str = ""

    def word(self, beginning: str) -> str:
        """The first one in the alphabet that begins so; "" if none does."""
        return min((word for word in self.words if word.startswith(beginning)), default="")

    def explore(self, client: Client, seen: Iterable[str] = ()) -> None:
        """Every page that a link leads to, from these and from every address without a part to fill in."""
        origin = str(client.base_url)
        waiting = [*seen, *(t.path for t in self.targets if not t.names and "GET" in t.methods)]
        known: set[str] = set()
        drawn = urljoin(origin, "/gallery/")  # hundreds of pages, all of one kind
        while waiting and len(known) < MOST_PAGES:
            address = urljoin(origin, waiting.pop(0)).partition("#")[0]
            if address not in known and address.startswith(origin) and not address.startswith(drawn):
                known.add(address)
                waiting += self.see(client.get(address, follow_redirects=True))

    def see(self, response: Response) -> list[str]:
        """Note what this answer says, with those that led to it; gives its links."""
        for each in (*response.history, response):
            self.note(str(each.url))
        self.words.update(IDS.findall(response.text))
        kind = response.headers.get("content-type", "")
        if kind.startswith("application/json"):
            found = response.json()
            self.events += found.get("events", [])[:20] if isinstance(found, dict) else []
        return self._read(str(response.url), parse(response.text)) if kind.startswith("text/html") else []

    def note(self, address: str) -> None:
        """The values in an address that leads to one of the targets."""
        parts, target = urlsplit(address), self._target(address)
        if target is None:
            return
        match = target.pattern.fullmatch(parts.path)
        for name, value in match.groupdict().items() if match else ():
            _note(self.parts[target.path, name], value)
            self.words.add(value)
        _note(self.addresses, parts._replace(scheme="", netloc="", fragment="").geturl())
        if parts.query:
            _note(self.queries[target.path], dict(parse_qsl(parts.query)))

    def _target(self, address: str) -> Target | None:
        """The most specific one that this address leads to."""
        found = [target for target in self.targets if target.pattern.fullmatch(urlsplit(address).path)]
        return min(found, key=lambda target: len(target.names), default=None)

    def _read(self, url: str, page: BeautifulSoup) -> list[str]:
        """Notes the page's forms, and gives its links."""
        for form in page.find_all("form"):
            action = urljoin(url, str(form.get("action") or url))
            fields = fields_of(form)
            self.words.update(value for value in fields.values() if value)
            self.note(action)
            if target := self._target(action):
                known = self.forms if str(form.get("method")).lower() == "post" else self.queries
                _note(known[target.path], fields)
        links = page.find_all(["a", "link", "script", "img", "iframe"])
        return [urljoin(url, str(link.get("href") or link.get("src") or url)) for link in links]


def _note(known: list[Known], value: Known) -> None:
    """Once."""
    if value not in known:
        known.append(value)


def fields_of(form: Tag) -> Fields:
    """The names of a form's fields, with what it would send for each; of buttons, the first one's."""
    found: Fields = {}
    for control in form.find_all(["input", "select", "textarea", "button"]):
        options = control.find("option", selected=True) or control.find("option")
        chosen = options if control.name == "select" else control
        if name := control.get("name"):
            found.setdefault(str(name), str(chosen.get("value", "")) if isinstance(chosen, Tag) else "")
    return found
