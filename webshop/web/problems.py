"""From an exception to an answer with a sentence and the right status."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from webshop.errors import ShopError
from webshop.language.messages import gettext as _
from webshop.telemetry.current import current_request_id
from webshop.web.pages import fragment, problem_answer
from webshop.web.rendering import wants_fragment


def expected(request: Request, error: Exception) -> Response:
    """A ShopError that no view has answered itself."""
    if not isinstance(error, ShopError):
        raise error
    response = problem_answer(request, error.message, error.status)
    if error.retry_after:
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def refused(request: Request, error: Exception) -> Response:
    """What Starlette refuses before a view is reached: an unknown address, too long a body."""
    if not isinstance(error, HTTPException):
        raise error
    sentences = {
        404: _("It may have moved, or its address has a letter too many."),
        405: _("This address does not take such a request."),
        413: _("That is more than we can take in one go."),
    }
    sentence = sentences.get(error.status_code, _("We do not understand this request."))
    response = problem_answer(request, sentence, error.status_code)
    response.headers.update(error.headers or {})
    return response


def hung_up(_request: Request, _error: Exception) -> Response:
    """Whoever sent the body left before it was whole: nginx's word for that in the log. Nobody reads it."""
    return Response(status_code=499)


def bug(request: Request, _error: Exception) -> Response:
    """Nothing of the error is shown; Starlette raises it again, so that the server logs it."""
    sentence = _("Something went wrong on our side. Nothing was lost; please try again.")
    if wants_fragment(request):
        return fragment(request, "shared/_message.html", status=500, message=sentence)
    names = {"problem": sentence, "request_id": current_request_id()}
    return fragment(request, "errors/bug.html", status=500, **names)
