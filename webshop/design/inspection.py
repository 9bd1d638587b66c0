"""Whether all templates can be drawn in all their states, and all stylesheets be read."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from webshop.design.css import check_stylesheets
from webshop.design.states.bench import Bench, State
from webshop.design.states.drawing import draw
from webshop.design.states.samples import SampleError
from webshop.web.rendering import Renderer
from webshop.web.templates import Mistake, mistake_of, short


def inspect(
    pages: Renderer, own: Renderer | None, stylesheets: Sequence[Path], *, draws: bool
) -> Iterator[Mistake]:
    """What is wrong, each once, as it is found; also what is seen only when they are drawn, if it `draws`
    them. `pages` are LivePages, which let nothing stand in for what is broken; `own` are those of the shop
    without its theme, if it has one."""
    yield from check_stylesheets(stylesheets)
    found = [mistake for mistake in pages.inspector.look().values() if mistake]
    yield from found
    broken = {mistake.file for mistake in found}
    for mistake in _drawn(pages, own) if draws else ():
        if mistake.file not in broken and mistake not in found:
            found.append(mistake)
            yield mistake


def _drawn(pages: Renderer, own: Renderer | None) -> Iterator[Mistake]:
    bench = Bench(pages.folders)
    for renderer in filter(None, (pages, own)):
        renderer.set_global("menu", tuple)  # no database is asked
    for template in bench.templates():
        errors = [*_errors(pages, bench, template)]
        stands_in = bool(errors) and own is not None and _is_fine(own, template)
        for state, error in errors:
            yield _mistake(bench, template, state, error, of_theme=stands_in)


def _is_fine(own: Renderer, template: str) -> bool:
    """Whether the shop's own template can be drawn, or there is none, so that only the theme's name it."""
    bench = Bench(own.folders)
    errors = _errors(own, bench, template) if template in bench.templates() else ()
    return all(isinstance(error, SampleError) for _state, error in errors)


def _errors(pages: Renderer, bench: Bench, template: str) -> Iterator[tuple[State | None, Exception]]:
    """With the state that was to be drawn; None where the states cannot be read."""
    try:
        states = bench.states(template)
    except SampleError as error:
        yield None, error
        return
    for state in states:
        try:
            draw(pages, bench, state)
        except Exception as error:
            yield state, error


def _mistake(
    bench: Bench, template: str, state: State | None, error: Exception, *, of_theme: bool
) -> Mistake:
    """What a state says that the template does not read is no mistake of the template: shoppers see none."""
    if isinstance(error, SampleError) and error.mistake:
        return error.mistake
    file = short(bench.find(template))
    if isinstance(error, SampleError):
        return Mistake(file, 0, f"state {state.name if state else ''!r}: {error}", stops_the_shop=False)
    found = mistake_of(error, bench.folders, of_theme=of_theme)
    return found or Mistake(file, 0, f"{type(error).__name__}: {error}", not of_theme)
