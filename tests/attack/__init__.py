"""The shop under attack by tools, and the tools on an app that has holes: `make attack`."""
