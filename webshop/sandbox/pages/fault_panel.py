"""The control panel's part for what goes wrong: rules on calls and on webhooks, added and forgotten."""

from __future__ import annotations

from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from webshop.sandbox.faults import faults
from webshop.sandbox.pages import control, panel
from webshop.sandbox.pages.forms import Form
from webshop.sandbox.pages.rendering import sandbox_of
from webshop.sandbox.state import webhooks


def add_fault(request: Request, form: Form) -> Response:
    try:
        control.add_fault(sandbox_of(request), faults.Fault.model_validate(_filled(form)))
    except ValidationError as error:
        return panel.show(request, control.sentence_of(error), 422)
    except HTTPException as refusal:
        return panel.show(request, refusal.detail, refusal.status_code)
    return panel.back(request, "faults")


def rule_webhooks(request: Request, form: Form) -> Response:
    try:
        control.rule_webhooks(sandbox_of(request), webhooks.Rule.model_validate(_filled(form)))
    except ValidationError as error:
        return panel.show(request, control.sentence_of(error), 422)
    return panel.back(request, "faults")


def forget_all(request: Request, form: Form) -> Response:
    control.forget_all(sandbox_of(request), control.Command())
    return panel.back(request, "faults")


def _filled(form: Form) -> Form:
    """Without the fields that were left empty."""
    return {name: value for name, value in form.items() if value.strip()}
