"""A template in one of its states, as a browser is sent it."""

import gzip
from dataclasses import dataclass

from webshop.design.states.bench import Bench, State
from webshop.language import messages
from webshop.language.messages import current, speaking
from webshop.web.rendering import Renderer

LANGUAGES = {"long": "de", "rtl": "ar"}  # what the styles of samples are spoken in


@dataclass(frozen=True)
class Drawn:
    """What a template made of `context`."""

    state: State
    context: dict[str, object]
    html: str

    @property
    def is_page(self) -> bool:
        """Whether it is a whole document."""
        return self.html.lstrip().lower().startswith("<!doctype")

    @property
    def is_text(self) -> bool:
        return self.state.template.endswith(".txt")

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.html.encode())

    @property
    def packed_size(self) -> int:
        """Bytes, as they are sent."""
        return len(gzip.compress(self.html.encode(), 6))


def draw(pages: Renderer, bench: Bench, state: State) -> Drawn:
    """Raises SampleError for what cannot be made, and whatever the template raises."""
    context = bench.context(state)
    if state.style not in LANGUAGES:
        return Drawn(state, context, _html(pages, state, context))
    with speaking(messages.load(LANGUAGES[state.style], current().zone)):
        return Drawn(state, context, _html(pages, state, context))


def _html(pages: Renderer, state: State, context: dict[str, object]) -> str:
    if not state.macro:
        return pages.text(state.template, context)
    name = state.macro
    call = f"{{{{ {name}(**given) }}}}"
    if state.inside:
        call = f"{{% call {name}(**given) %}}{state.inside}{{% endcall %}}"
    source = f"{{% from {state.template!r} import {name} %}}{call}"
    return pages.environment.from_string(source).render(given=context)
