"""The shop's own command line, blind to the developer's .env: python -m bench.shop serve."""

import sys

from webshop.__main__ import main
from webshop.settings.model import Settings

if __name__ == "__main__":
    Settings.model_config["env_file"] = None
    sys.exit(main())
