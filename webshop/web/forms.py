"""Reading forms, so that views stay plain functions: `@reads_form` on `def view(request, form)`."""

from collections.abc import Awaitable, Callable, Sequence
from functools import wraps
from typing import TypeAlias

from starlette.requests import Request
from starlette.responses import Response

from webshop.errors import Invalid
from webshop.language.messages import gettext as _
from webshop.web.threads import form_threads_of, slow_threads_of, together_of

Form: TypeAlias = dict[str, str]
FormView: TypeAlias = Callable[[Request, Form], Response]


def reads_form(view: FormView) -> Callable[[Request], Awaitable[Response]]:
    """Read the body here, in the event loop; run `view` in one of the threads for forms."""

    @wraps(view)
    async def endpoint(request: Request) -> Response:
        return await form_threads_of(request).run(view, request, await _read_form(request))

    return endpoint


def reads_form_and_asks(view: FormView) -> Callable[[Request], Awaitable[Response]]:
    """The same for a view that asks Stripe: in one of the threads for that."""

    @wraps(view)
    async def endpoint(request: Request) -> Response:
        return await slow_threads_of(request).run(view, request, await _read_form(request))

    return endpoint


def reads_form_and_writes(view: FormView) -> Callable[[Request], Awaitable[Response]]:
    """The same for a view whose change is small and comes often: with those of others, where that pays."""

    @wraps(view)
    async def endpoint(request: Request) -> Response:
        form = await _read_form(request)
        threads = together_of(request) or form_threads_of(request)
        return await threads.run(view, request, form)

    return endpoint


async def _read_form(request: Request) -> Form:
    try:
        async with request.form(max_files=0, max_fields=100) as data:
            return _single(data.multi_items())
    except UnicodeError as error:  # a multipart body may name any of Python's codecs
        raise Invalid(_("The form was sent in a way that we do not understand.")) from error


def _single(items: Sequence[tuple[str, object]]) -> Form:
    form: Form = {}
    for name, value in items:
        if name in form or not isinstance(value, str) or not _is_text(value):
            raise Invalid(_("The form was sent in a way that we do not understand."))
        form[name] = value
    return form


def _is_text(value: str) -> bool:
    """Not half a character, which no page and no database can hold."""
    return value.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in value)
