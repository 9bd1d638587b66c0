"""Mail: queued with what caused it, written from templates, sent by the worker."""
