"""Secret keys for shops in tests: random, as Settings wants them, and known to everybody who reads this."""

KEY = "b1c7d6b94e3a5a5d7eba329e09404a43fb6a6da95cf85e18a900f2132dd4054c"
OLD_KEY = "88186492ab5140a064e7124037d9520c8c6497283e4ebf5defe23753040854e5"
