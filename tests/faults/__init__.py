"""Faults on purpose: processes are killed, answers lost and webhooks shuffled while people shop."""
