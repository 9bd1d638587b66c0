"""What every request passes on its way in and out, and files that need no view: pure ASGI."""
