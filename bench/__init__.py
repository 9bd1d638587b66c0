"""What a request costs the server, beside floors measured in the same run: docs/performance.md."""
